import { backendPrice } from "../policy/backendPrice";
import { spentAmount } from "../policy/claims";
import { LimitUnit, type Policy } from "../policy/policy";
import { costOf } from "../policy/price";
import { usageMembers } from "../usage/metadataUsage";
import { membersOf } from "../usage/tokenCount";
import { noUsage, type Usage } from "../usage/usage";
import type { Reservation } from "./reservation";
import type { BudgetCharge } from "./store";

/** What a request has cost. */
export interface Bill {
  /** In nanodollars; `undefined` when no price is known. */
  readonly nanodollars: number | undefined;
  readonly charges: readonly BudgetCharge[];
  /** A budget in money was charged without the price of the backend that answered. */
  readonly lacksPrice: boolean;
  /** The charges in money are what was held, for want of any price. */
  readonly isGuess: boolean;
}

/** All that is read of the gateway's metadata. */
export const gatewayMembers: readonly string[] = [
  ...usageMembers,
  "ai_service_backend_name",
  "backend_name",
  "token_latency_ttft",
];

/** The backend that answered, as the gateway's metadata names it. */
export function backendOf(metadata: unknown): string | undefined {
  const { ai_service_backend_name: whole, backend_name: place } = membersOf(metadata);
  if (typeof whole === "string" && whole !== "") {
    return whole;
  }
  // Namespace and name, and then the route that led there.
  return typeof place === "string" && place !== "" ? place.split("/").slice(0, 2).join("/") : undefined;
}

/** Until the first token of a stream, in milliseconds, as the gateway's metadata says; of streams alone it does. */
export function firstTokenOf(metadata: unknown): number | undefined {
  const { token_latency_ttft: ms } = membersOf(metadata);
  return typeof ms === "number" && ms >= 0 && Number.isFinite(ms) ? ms : undefined;
}

/**
 * What a usage costs at the price of the backend that answered. A model that the policy no longer has is charged what
 * it held: a change of the policy never makes a call free.
 */
export function billOf(
  policy: Policy,
  reservation: Reservation,
  usage: Usage,
  backend: string | undefined,
): Bill {
  const model = policy.models.get(reservation.model);
  const found = model === undefined ? undefined : backendPrice(model, backend, reservation.tier);
  const price = found?.price;
  const nanodollars = price === undefined ? undefined : costOf(price, usage);
  const holdsMoney = reservation.budgets.some(({ unit }) => unit === LimitUnit.Nanodollars);
  const isGuess = holdsMoney && nanodollars === undefined && usage !== noUsage;
  const charges = reservation.budgets.map(({ account, budget, unit, amount: held }) => {
    const cost = nanodollars ?? (usage === noUsage ? 0 : held);
    return { account, budget, amount: spentAmount(unit, usage, cost) };
  });
  const isUnknown = price === undefined || (backend !== undefined && found?.tier === undefined);
  return { nanodollars, charges, lacksPrice: holdsMoney && isUnknown, isGuess };
}

/** Images are charged by their number, which only the request tells where the answer was not read. */
export function withImages(usage: Usage, { images }: Reservation): Usage {
  return usage.images > 0 || images === 0 || usage.requests === 0 ? usage : { ...usage, images };
}
