import type { DocumentProblems } from "./documentReader";
import { DocumentReader } from "./documentReader";
import { instantExample, instantMs } from "./instant";
import type { ListedModel, ModelPolicy, Pool } from "./policy";
import type { Price, PriceTier, TokenPrices } from "./price";

/** Names of models and backends: anything printable. */
export const printable = /^[^\p{Cc}]{1,256}$/u;
export const printableMeaning = "1 to 256 printable characters";

/** A header's value that a route can match. */
export const tierName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
export const tierMeaning = "1 to 63 letters, digits, dots, dashes or underscores";

/** $10,000 for a million tokens: above all that was ever asked, and below a price typed in the wrong unit. */
export const highestPrice = 10_000_000_000_000;
/** $1,000 for an image or a call. */
export const highestUnitPrice = 1_000_000_000_000;
/** More tokens than any request has. */
export const mostTokens = 1_000_000_000;

export const modelDefaults = Object.freeze({
  maxOutputTokens: 4096,
  bytesPerToken: 3,
  imageTokens: 1600,
  fileTokens: 20_000,
  audioTokens: 2000,
});

/** The models of a document. */
export function parseModels(document: DocumentReader): ReadonlyMap<string, ModelPolicy> {
  const models = new Map<string, ModelPolicy>();
  for (const [name, path, value] of document.entries("models", printable, printableMeaning)) {
    models.set(name, parseModel(name, new DocumentReader(document.problems, path, value)));
  }
  if (models.size === 0) {
    document.problem("models", "has no model; name at least one");
  }
  return models;
}

function parseModel(name: string, reader: DocumentReader): ModelPolicy {
  const usual = parsePool("", reader);
  const tiers = reader.entries("tiers", tierName, tierMeaning).map(([tier, path, value]) => {
    const tierReader = new DocumentReader(reader.problems, path, value);
    const pool = parsePool(tier, tierReader);
    tierReader.finish();
    return pool;
  });
  const model: ModelPolicy = {
    name,
    pools: [usual, ...tiers],
    listed: parseListed(reader),
    maxInputTokens: reader.has("maxInputTokens")
      ? reader.integer("maxInputTokens", 1, mostTokens)
      : undefined,
    maxOutputTokens: reader.integer("maxOutputTokens", 1, mostTokens, modelDefaults.maxOutputTokens),
    bytesPerToken: reader.decimal("bytesPerToken", 0.5, 16, modelDefaults.bytesPerToken),
    imageTokens: reader.integer("imageTokens", 0, mostTokens, modelDefaults.imageTokens),
    fileTokens: reader.integer("fileTokens", 0, mostTokens, modelDefaults.fileTokens),
    audioTokens: reader.integer("audioTokens", 0, mostTokens, modelDefaults.audioTokens),
  };
  reader.finish();
  return model;
}

function parseListed(model: DocumentReader): ListedModel {
  const reader = model.object("listed") ?? new DocumentReader(model.problems, model.at("listed"), {});
  const createdAt = reader.raw("createdAt");
  const createdMs = typeof createdAt === "string" ? instantMs(createdAt) : undefined;
  if (createdAt !== undefined && createdMs === undefined) {
    reader.problem("createdAt", `is not an instant such as ${instantExample}`);
  }
  const listed = {
    ownedBy: reader.text("ownedBy", printable, printableMeaning) ?? "Envoy AI Gateway",
    createdMs: createdMs ?? 0,
    hostnames: reader
      .texts("hostnames", "is empty, so it answers nowhere; name hosts, or leave it out")
      ?.map((name) => name.toLowerCase()),
  };
  reader.finish();
  return listed;
}

function parsePool(tier: string, reader: DocumentReader): Pool {
  const backends = new Map<string, Price | undefined>();
  for (const [name, path, value] of reader.entries("backends", printable, printableMeaning)) {
    const backend = new DocumentReader(reader.problems, path, value);
    const price = backend.object("price");
    backends.set(name, price === undefined ? undefined : parsePrice(price));
    backend.finish();
  }
  if (backends.size === 0) {
    reader.problem("backends", "names no backend; name those that may answer");
  }
  return { tier, backends, prices: [...backends.values()].filter((price) => price !== undefined) };
}

function parsePrice(reader: DocumentReader): Price {
  const price = {
    ...parseTokenPrices(reader),
    image: reader.integer("image", 0, highestUnitPrice, 0),
    request: reader.integer("request", 0, highestUnitPrice, 0),
    tiers: parseTiers(reader),
  };
  reader.finish();
  return price;
}

function parseTokenPrices(reader: DocumentReader): TokenPrices {
  // Nanodollars per million: a price in dollars or in millionths of them would be off by powers of ten.
  const read = (name: string, fallback?: number) => reader.integer(name, 0, highestPrice, fallback);
  const input = read("input");
  const output = read("output");
  const cacheWrite5m = read("cacheWrite5m", input);
  return {
    input,
    cachedInput: read("cachedInput", input),
    cacheWrite5m,
    cacheWrite1h: read("cacheWrite1h", cacheWrite5m),
    output,
    reasoning: read("reasoning", output),
    audioIn: read("audioIn", input),
    audioOut: read("audioOut", output),
  };
}

function parseTiers(reader: DocumentReader): readonly PriceTier[] {
  const tiers = reader.list("tiers").map((value, index): PriceTier => {
    const tier = new DocumentReader(reader.problems, `${reader.at("tiers")}[${index}]`, value);
    const parsed = {
      fromInputTokens: tier.integer("fromInputTokens", 1, mostTokens),
      ...parseTokenPrices(tier),
    };
    tier.finish();
    return parsed;
  });
  checkAscending(reader.problems, reader.at("tiers"), tiers);
  return tiers;
}

function checkAscending(problems: DocumentProblems, path: string, tiers: readonly PriceTier[]): void {
  for (const [index, tier] of tiers.entries()) {
    const before = tiers[index - 1];
    if (before !== undefined && before.fromInputTokens >= tier.fromInputTokens) {
      const remedy = "is not above the tier before it; order tiers by fromInputTokens";
      problems.add(`${path}[${index}].fromInputTokens`, tier.fromInputTokens, remedy);
    }
  }
}
