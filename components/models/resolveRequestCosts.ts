import { celEnv, celUint, isCelError, isCelUint, parse, plan } from "@bufbuild/cel";
import { defaultRequestCosts } from "../gateway/requestCosts";
import { at, type Problems } from "../shared/problems";
import { type CelKind, celKindOf } from "./celTypes";
import { type RequestCostArgs, RequestCostType } from "./trafficArgs";

/** Most costs of one route (`llmRequestCosts`, both release sets). */
const maxCosts = 36;

/** Keys that the gateway writes itself under the same namespace; a cost of that name would be overwritten. */
const reservedKeys: readonly string[] = [
  "ai_service_backend_name",
  "backend_name",
  "content_length",
  "model_name_override",
  "quota_cost",
  "response_model",
  "route_name",
  "session.id",
  "token_latency_itl",
  "token_latency_ttft",
];

/** `upstreamNames`: what the variable `model` can hold, the names by which the providers know the models. */
export function checkRequestCosts(
  path: string,
  costs: Readonly<Record<string, RequestCostArgs>>,
  upstreamNames: readonly string[],
  problems: Problems,
): void {
  const keys = Object.keys(costs);
  const most = maxCosts - Object.keys(defaultRequestCosts).length;
  if (keys.length > most) {
    problems.add(path, `has ${keys.length} entries; a route takes ${most} besides the token counts`);
  }
  for (const [key, cost] of Object.entries(costs)) {
    const costPath = at(path, key);
    if (reservedKeys.includes(key)) {
      problems.add(
        costPath,
        "is a key that the gateway writes itself and would overwrite; choose another name",
      );
    } else if (Object.hasOwn(defaultRequestCosts, key)) {
      problems.add(costPath, "is reported for every model already; choose another name");
    } else if (!/^[A-Za-z0-9_.-]{1,128}$/.test(key)) {
      problems.add(costPath, 'is not a usable metadata key; use letters, digits, "_", "." and "-"');
    }
    checkCost(costPath, cost, problems);
    checkModelNames(`${costPath}.cel`, cost.cel ?? "", upstreamNames, problems);
  }
}

function checkCost(path: string, cost: RequestCostArgs, problems: Problems): void {
  if ((cost.type === undefined) === (cost.cel === undefined)) {
    problems.add(path, "needs exactly one of type and cel");
  } else if (cost.type !== undefined && !Object.hasOwn(RequestCostType, cost.type)) {
    const known = Object.keys(RequestCostType).join(", ");
    problems.add(`${path}.type`, `"${cost.type}" is not a token count; known are ${known}`);
  } else if (cost.cel !== undefined) {
    const reason = celProblem(cost.cel);
    if (reason !== undefined) {
      problems.add(`${path}.cel`, `${JSON.stringify(cost.cel)} ${reason}`);
    }
  }
}

/** In an expression the model is the one that the provider is asked for, not the one that the client named. */
function checkModelNames(
  path: string,
  expression: string,
  upstreamNames: readonly string[],
  problems: Problems,
): void {
  const found = expression.matchAll(/\bmodel\s*[!=]=\s*(["'])(.*?)\1|(["'])([^"']*)\3\s*[!=]=\s*model\b/g);
  for (const [, , after, , before] of found) {
    const name = after ?? before ?? "";
    if (upstreamNames.length > 0 && !upstreamNames.includes(name)) {
      const known = upstreamNames.map((other) => JSON.stringify(other)).join(", ");
      problems.add(
        path,
        `compares model with "${name}", but model holds the provider's name for it, here ${known}; write that`,
      );
    }
  }
}

const counts = [
  "input_tokens",
  "cached_input_tokens",
  "cache_creation_input_tokens",
  "output_tokens",
  "reasoning_tokens",
  "total_tokens",
] as const;

/**
 * Token counts to try an expression on. All zeros is what the controller tries; cached above input is what a
 * provider that counts the classes apart reports, and where unsigned subtraction fails.
 */
const samples: readonly (readonly [number, number, number, number, number, number])[] = [
  [0, 0, 0, 0, 0, 0],
  [1000, 200, 100, 500, 50, 1500],
  [100, 5000, 7000, 1, 0, 101],
  [0, 10, 10, 0, 10, 0],
  [3, 0, 0, 200_000, 150_000, 200_003],
  [20_000_000, 10_000_000, 10_000_000, 10_000_000, 10_000_000, 30_000_000],
];

const variables: Readonly<Record<string, CelKind>> = {
  ...Object.fromEntries(counts.map((name) => [name, "uint" as const])),
  model: "string",
  backend: "string",
  route_name: "string",
};

/** What is wrong with a cost expression, as the end of a sentence that starts with it; else `undefined`. */
export function celProblem(expression: string): string | undefined {
  if (/\bbackend\s*([!=]=|in\b)|[!=]=\s*backend\b/.test(expression)) {
    return 'compares backend as a whole, which holds "namespace/name/route/..." and never equals; use backend.startsWith("namespace/name/")';
  }
  let parsed: ReturnType<typeof parse>;
  let run: ReturnType<typeof plan>;
  try {
    parsed = parse(expression);
    run = plan(celEnv(), parsed);
  } catch (error) {
    return `is not a CEL expression: ${error instanceof Error ? error.message : String(error)}`;
  }
  const { kind, problems } = celKindOf(parsed.expr, variables);
  if (problems.length > 0) {
    return [...new Set(problems)].join(", and ");
  }
  if (!["uint", "int", "dyn"].includes(kind)) {
    return `gives a ${kind}; a cost is a whole number, so wrap it in uint(...)`;
  }
  for (const sample of samples) {
    const reason = sampleProblem(run, sample);
    if (reason !== undefined) {
      return reason;
    }
  }
  return undefined;
}

function sampleProblem(run: ReturnType<typeof plan>, sample: readonly number[]): string | undefined {
  const tokens = Object.fromEntries(counts.map((name, index) => [name, celUint(BigInt(sample[index] ?? 0))]));
  const values = counts.map((name, index) => `${name} ${sample[index]}`).join(", ");
  const result = run({
    ...tokens,
    model: "model",
    backend: "ns/name/route/route/rule/0/ref/0",
    route_name: "ns/route",
  });
  if (isCelError(result)) {
    return `fails for ${values} (${result.message}), which would break the response; guard it, for example a >= b ? a - b : 0u`;
  }
  if (isCelUint(result)) {
    return undefined;
  }
  if (typeof result === "bigint") {
    return result >= 0n ? undefined : `gives ${result} for ${values}; a cost is not negative`;
  }
  return `gives ${typeof result === "number" ? "a fraction" : `a ${typeof result}`}; a cost is a whole number, so wrap it in uint(...)`;
}
