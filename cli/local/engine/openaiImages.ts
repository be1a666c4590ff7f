import { asNumber, asString } from "./json";
import type { Exchange } from "./reply";
import { countTokens } from "./tokens";

/** One grey pixel. */
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

/** `/images/generations`. */
export async function openaiImages({ body, reply }: Exchange): Promise<void> {
  const count = Math.max(1, asNumber(body["n"]) ?? 1);
  const input = countTokens(asString(body["prompt"]) ?? "");
  await reply.json({
    created: Math.floor(Date.now() / 1000),
    data: Array.from({ length: count }, () => ({ b64_json: png })),
    usage: {
      input_tokens: input,
      output_tokens: count,
      total_tokens: input + count,
      input_tokens_details: { text_tokens: input, image_tokens: 0 },
    },
  });
}
