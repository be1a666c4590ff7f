import type { ModelPolicy } from "./policy";
import type { Price } from "./price";

/** The price of what answered. */
export interface BackendPrice {
  /** Absent when no backend of the model has a price. */
  readonly price: Price | undefined;
  /** The tier that answered: empty for the usual one; `undefined` when the backend is not known. */
  readonly tier: string | undefined;
}

const writesHavePrice = new WeakMap<ModelPolicy, boolean>();

/** Whether input that a model writes to a cache has a price of its own. */
export function pricesCacheWrites(model: ModelPolicy): boolean {
  let isSo = writesHavePrice.get(model);
  if (isSo === undefined) {
    isSo = model.pools
      .flatMap(({ prices }) => prices)
      .flatMap((price) => [price, ...price.tiers])
      .some(({ input, cacheWrite5m, cacheWrite1h }) => cacheWrite5m !== input || cacheWrite1h !== input);
    writesHavePrice.set(model, isSo);
  }
  return isSo;
}

/** What was found for a model, by backend and tier; of more than so many all are forgotten. */
const mostFound = 1_000;
const found = new WeakMap<ModelPolicy, Map<string, BackendPrice>>();

/**
 * The price of the backend that the gateway reports as having answered: by its whole name, or by what stands behind
 * the namespace. A backend that the policy does not know, and none at all, is charged at the dearest output price of
 * the model, so that a gap in the policy never makes a call free. Where nothing was reported, but the request is known
 * to have gone to a tier (`sentTo`; empty for the usual one), it is the dearest of that tier.
 */
export function backendPrice(
  model: ModelPolicy,
  backend: string | undefined,
  sentTo?: string | undefined,
): BackendPrice {
  let prices = found.get(model);
  if (prices === undefined || prices.size >= mostFound) {
    prices = new Map();
    found.set(model, prices);
  }
  // The tier counts only where no backend was reported.
  const key = backend === undefined ? (sentTo === undefined ? "" : `-${sentTo}`) : `+${backend}`;
  let price = prices.get(key);
  if (price === undefined) {
    price = newBackendPrice(model, backend, sentTo);
    prices.set(key, price);
  }
  return price;
}

function newBackendPrice(
  model: ModelPolicy,
  backend: string | undefined,
  sentTo?: string | undefined,
): BackendPrice {
  const short = backend?.slice(backend.indexOf("/") + 1);
  for (const name of [backend, short]) {
    for (const { tier, backends } of model.pools) {
      if (name !== undefined && backends.has(name)) {
        return { price: backends.get(name), tier };
      }
    }
  }
  const pool = backend === undefined ? model.pools.find(({ tier }) => tier === sentTo) : undefined;
  const known = pool === undefined || pool.prices.length === 0 ? model.pools : [pool];
  const prices = known.flatMap((one) => one.prices).sort((a, b) => b.output - a.output);
  return { price: prices[0], tier: pool?.tier };
}
