import { asArray, asNumber, asString, textOf } from "./json";
import type { Exchange } from "./reply";
import { countTokens, tokensOf } from "./tokens";

/** `/v2/rerank` of Cohere: a document scores by the share of the query's tokens that it holds. */
export async function cohereRerank({ body, reply, serial }: Exchange): Promise<void> {
  const query = asString(body["query"]) ?? "";
  const documents = asArray(body["documents"]).map(textOf);
  const results = documents
    .map((document, index) => ({ index, relevance_score: score(query, document) }))
    .sort((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
    .slice(0, asNumber(body["top_n"]) ?? documents.length);
  const input = [query, ...documents].reduce((sum, text) => sum + countTokens(text), 0);
  const meta = {
    api_version: { version: "2" },
    billed_units: { search_units: 1 },
    tokens: { input_tokens: input, output_tokens: 0 },
  };
  await reply.json({ id: `rerank-${serial}`, results, meta });
}

function score(query: string, document: string): number {
  const wanted = new Set(tokensOf(query.toLowerCase()).map((token) => token.trim()));
  const found = new Set(tokensOf(document.toLowerCase()).map((token) => token.trim()));
  const hits = [...wanted].filter((token) => found.has(token)).length;
  return wanted.size === 0 ? 0 : hits / wanted.size;
}
