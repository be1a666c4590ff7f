import { canonicalJson } from "../../extproc/contract";
import type { Problems } from "../shared/problems";
import { checkPolicyText } from "./checkPolicyText";
import { type PolicySource, policyDocument } from "./policyDocument";

/**
 * The policy document as text: the same declaration gives the same bytes. The processor's own parser reads it first,
 * so that nothing is deployed that it would refuse.
 */
export function policyText(source: PolicySource, problems: Problems): string {
  const text = canonicalJson(policyDocument(source));
  checkPolicyText("budgets", text, problems);
  return text;
}
