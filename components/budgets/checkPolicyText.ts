import { parsePolicy, problemText } from "../../extproc/contract";
import type { Problems } from "../shared/problems";

/** What a ConfigMap takes, less room for its other fields. */
const mostBytes = 1_000_000;

/** Reports everything that is wrong with a policy document, and one that is too large for its place. */
export function checkPolicyText(path: string, text: string, problems: Problems): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > mostBytes) {
    problems.add(
      path,
      `has ${bytes.toLocaleString("en")} bytes, and a ConfigMap takes ${mostBytes.toLocaleString("en")}; spread the models over several gateways`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    problems.add(path, "is not JSON; give the policy document");
    return;
  }
  for (const problem of parsePolicy(json).problems ?? []) {
    problems.add(path, problemText(problem));
  }
}
