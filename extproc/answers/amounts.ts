import { LimitUnit } from "../policy/policy";

const nanodollarsPerDollar = 1_000_000_000n;

/** Nanodollars as dollars, exactly, with at least two decimals: `1500.00`, `0.000000012`. */
export function dollarsOf(nanodollars: number): string {
  if (Number.isSafeInteger(nanodollars) && nanodollars >= 0) {
    // Without the detour that amounts beyond exact numbers need.
    const rest = nanodollars % 1e9;
    const fraction = String(rest)
      .padStart(9, "0")
      .replace(/0{1,7}$/, "");
    return `${(nanodollars - rest) / 1e9}.${fraction}`;
  }
  const amount = BigInt(nanodollars);
  const digits = String(amount % nanodollarsPerDollar).padStart(9, "0");
  return `${amount / nanodollarsPerDollar}.${digits.replace(/0{1,7}$/, "")}`;
}

/** Of one, and of any other number. */
const nouns: Readonly<Record<LimitUnit, readonly [string, string]>> = {
  nanodollars: ["", ""],
  tokens: ["token", "tokens"],
  inputTokens: ["input token", "input tokens"],
  outputTokens: ["output token", "output tokens"],
  requests: ["request", "requests"],
  concurrency: ["request at a time", "requests at a time"],
};

/** An amount as people write it: `$1500.00`, `20000 tokens`, `1 request`. */
export function amountText(unit: LimitUnit, amount: number): string {
  const [one, many] = nouns[unit];
  return unit === LimitUnit.Nanodollars ? `$${dollarsOf(amount)}` : `${amount} ${amount === 1 ? one : many}`;
}

/** A wait as OpenAI writes it: `12ms`, `7.66s`, `6m0s`, `1h0m0s`. */
export function waitText(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms));
  if (whole < 1000) {
    return `${whole}ms`;
  }
  const seconds = `${(whole % 60_000) / 1000}s`;
  const minutes = Math.floor(whole / 60_000);
  if (minutes === 0) {
    return seconds;
  }
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}

/** An instant as RFC 3339, to the second, rounded up: at that time the wait is over. */
export function instantText(ms: number): string {
  return `${new Date(Math.ceil(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}
