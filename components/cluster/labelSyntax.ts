import { isHostName, isLabelName, isLabelValue } from "../shared/names";
import type { Problems } from "../shared/problems";

/**
 * Prefixes that others own: a node may not give itself labels of Kubernetes, EKS and Karpenter refuse their own, and
 * the rest is written by this package.
 */
const reservedPrefixes: readonly string[] = [
  "kubernetes.io",
  "k8s.io",
  "eks.amazonaws.com",
  "k8s.amazonaws.com",
  "karpenter.sh",
  "karpenter.k8s.aws",
  "ai-gateway",
];

/** Reports what cannot be a label of nodes, or is somebody else's. */
export function checkLabels(
  path: string,
  labels: Readonly<Record<string, string>>,
  problems: Problems,
): void {
  for (const [key, value] of Object.entries(labels)) {
    const at = `${path}[${JSON.stringify(key)}]`;
    checkKey(at, key, problems);
    checkValue(at, value, problems);
    const owner = reservedPrefix(key);
    if (owner !== undefined) {
      problems.add(at, `begins with "${owner}", which is reserved; use a prefix of your own, or none`);
    }
  }
}

/** Reports what cannot be the key of a taint: a name as of labels, but EKS takes only 63 characters of it. */
export function checkTaintKey(path: string, key: string, problems: Problems): void {
  checkKey(path, key, problems);
  if (key.length > 63) {
    problems.add(path, `has ${key.length} characters and EKS takes 63 for the key of a taint; shorten it`);
  }
}

/** Reports what cannot be the value of a label or a taint. */
export function checkValue(path: string, value: string, problems: Problems): void {
  if (!isLabelValue(value)) {
    problems.add(
      path,
      `${JSON.stringify(value)} cannot be a value; use at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends`,
    );
  }
}

function checkKey(path: string, key: string, problems: Problems): void {
  const slash = key.indexOf("/");
  const own = slash < 0 ? key : key.slice(slash + 1);
  if (!isLabelName(own) || (slash >= 0 && !isHostName(key.slice(0, slash)))) {
    problems.add(
      path,
      `${JSON.stringify(key)} cannot be a key; write it as "name" or "example.com/name", the name with at most 63 letters, digits, "-", "_" and "."`,
    );
  }
}

function reservedPrefix(key: string): string | undefined {
  const slash = key.indexOf("/");
  const domain = slash < 0 ? "" : key.slice(0, slash);
  return reservedPrefixes.find((reserved) => domain === reserved || domain.endsWith(`.${reserved}`));
}
