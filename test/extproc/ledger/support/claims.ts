import { randomUUID } from "node:crypto";
import type {
  Admitted,
  Claim,
  Ledger,
  Period,
  Refused,
  Reservation,
} from "../../../../extproc/ledger/ledger";

export const hourMs = 3_600_000;

/** This hour and the next, as the caller of a ledger computes them. */
export function hours(nowMs: number): Period {
  const start = Math.floor(nowMs / hourMs);
  return { kind: "windows", windows: [start, start + 1].map(hour) };
}

function hour(number: number) {
  return { id: `h${number}`, startMs: number * hourMs, endMs: (number + 1) * hourMs };
}

export const running: Period = { kind: "concurrency" };

/** A window that outlasts every test. */
export const lasting = (): Period => ({
  kind: "windows",
  windows: [{ id: "lasting", startMs: 0, endMs: Date.UTC(2200, 0) }],
});

/** Makes claims with a period of the time, unless another is given. */
export function claimOf(periodAt: (nowMs: number) => Period) {
  return (ledger: Ledger, account: string, amount: number, limit: number, more?: Partial<Claim>): Claim => ({
    account,
    amount,
    limit,
    period: periodAt(ledger.nowMs()),
    ...more,
  });
}

/** Looks at used and held of an account now, in a period of the time unless another is given. */
export function figuresOf(periodAt: (nowMs: number) => Period) {
  return async (
    ledger: Ledger,
    account: string,
    period: Period = periodAt(ledger.nowMs()),
    limit = 100,
  ): Promise<{ used: number | undefined; held: number | undefined }> => {
    const { accounts } = await ledger.inspect([{ account, period, limit }]);
    return { used: accounts[0]?.used, held: accounts[0]?.held };
  };
}

export const claim = claimOf(hours);
export const figures = figuresOf(hours);

/** Reserves for a minute under a new id unless one is given. */
export function reserve(
  ledger: Ledger,
  claims: Claim[] | Claim[][],
  id = randomUUID() as string,
  holdMs = 60_000,
) {
  const candidates = claims.every((one) => Array.isArray(one)) ? (claims as Claim[][]) : [claims as Claim[]];
  return ledger.reserve({ id, candidates, holdMs });
}

export function admitted(answer: Reservation): Admitted {
  if (!answer.admitted) {
    throw new Error(`refused: ${JSON.stringify(answer.obstacle)}`);
  }
  return answer;
}

export function refused(answer: Reservation): Refused {
  if (answer.admitted) {
    throw new Error(`admitted: ${JSON.stringify(answer)}`);
  }
  return answer;
}

export function settle(
  ledger: Ledger,
  id: string,
  amounts: Record<string, number>,
  kind: "exact" | "estimated" = "exact",
) {
  const charges = Object.entries(amounts).map(([account, amount]) => ({ account, amount }));
  return ledger.settle({ id, charges, kind, reason: "test" });
}
