import { checkContext } from "./contextLimit";
import { base64Vector, embeddingVector } from "./embeddingVector";
import { asNumber, asString } from "./json";
import type { Exchange } from "./reply";
import { countTokens } from "./tokens";

/** Length of a vector when the client asks for none. */
export const defaultDimensions = 64;

/** `/embeddings`. */
export async function openaiEmbeddings({ body, reply }: Exchange): Promise<void> {
  const input = body["input"];
  const texts = (Array.isArray(input) ? input : [input]).map(
    (text) => asString(text) ?? JSON.stringify(text),
  );
  const dimensions = asNumber(body["dimensions"]) ?? defaultDimensions;
  const data = texts.map((text, index) => {
    const vector = embeddingVector(text, dimensions);
    const embedding = body["encoding_format"] === "base64" ? base64Vector(vector) : vector;
    return { object: "embedding", index, embedding };
  });
  const counts = texts.map(countTokens);
  for (const count of counts) {
    checkContext(count, undefined, reply.behaviour.contextTokens);
  }
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  await reply.json({ object: "list", model: asString(body["model"]) ?? "", data, usage });
}
