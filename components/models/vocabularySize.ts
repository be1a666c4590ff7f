/**
 * Entries of a model's vocabulary, by the beginning of the repository's name; the longest match counts. From the
 * `config.json` of one model of each family, read between 2024 and 2026; fine-tuned models keep their base's.
 */
const sizes: Readonly<Record<string, number>> = {
  "qwen/": 151_936,
  "qwen/qwen2": 152_064,
  "qwen/qwen3.": 248_320,
  "qwen/qwq": 152_064,
  "meta-llama/": 128_256,
  "meta-llama/llama-4": 202_048,
  "meta-llama/llama-2": 32_000,
  "codellama/": 32_016,
  "openai/gpt-oss": 201_088,
  "mistralai/": 131_072,
  "mistralai/mistral-7b": 32_768,
  "mistralai/mixtral": 32_768,
  "deepseek-ai/": 129_280,
  "deepseek-ai/deepseek-r1-distill-llama": 128_256,
  "deepseek-ai/deepseek-r1-distill-qwen": 152_064,
  "deepseek-ai/deepseek-v2": 102_400,
  "google/gemma": 262_144,
  "google/gemma-2": 256_000,
  "microsoft/phi-4": 100_352,
  "ibm-granite/": 49_159,
  "zai-org/": 151_552,
  "thudm/": 151_552,
  "moonshotai/": 163_840,
  "minimaxai/": 200_064,
  "baai/bge-m3": 250_002,
  "baai/bge-reranker-v2-m3": 250_002,
  "intfloat/multilingual": 250_002,
  "nvidia/llama": 128_256,
};

/** For families that are not listed: more than most have, so that too much is reserved rather than too little. */
const unknownFamily = 200_000;

const byLength = Object.entries(sizes).sort(([a], [b]) => b.length - a.length);

/** Entries of the vocabulary of a model. */
export function vocabularySize(repository: string): number {
  const name = repository.toLowerCase();
  return byLength.find(([prefix]) => name.startsWith(prefix))?.[1] ?? unknownFamily;
}
