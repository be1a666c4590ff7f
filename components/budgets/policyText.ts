import { canonicalJson, parsePolicy, problemText } from "../../extproc/contract";
import type { Problems } from "../shared/problems";
import { type PolicySource, policyDocument } from "./policyDocument";

/** A ConfigMap takes 1 MiB with all that is in it. */
const mostBytes = 1_000_000;

/**
 * The policy document as text: the same declaration gives the same bytes. The processor's own parser reads it first,
 * so that nothing is deployed that it would refuse.
 */
export function policyText(source: PolicySource, problems: Problems): string {
  const text = canonicalJson(policyDocument(source));
  for (const problem of parsePolicy(JSON.parse(text)).problems ?? []) {
    problems.add("budgets", `make a policy that the processor would refuse: ${problemText(problem)}`);
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > mostBytes) {
    problems.add(
      "budgets",
      `make a policy of ${bytes.toLocaleString("en")} bytes for ${source.routes.length} models, and a ConfigMap takes ${mostBytes.toLocaleString("en")}; spread the models over several gateways`,
    );
  }
  return text;
}
