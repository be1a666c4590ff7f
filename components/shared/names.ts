import { createHash } from "node:crypto";
import type { Problems } from "./problems";

/**
 * Longest name that `objectName` returns. Kubernetes labels take 63 characters; a pod of a Deployment adds
 * up to 17 ("-<replica set>-<pod>"), which leaves 46.
 */
export const maxObjectNameLength = 46;

const dnsName = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Whether a text can be the name of a Kubernetes object (a DNS-1123 subdomain). */
export function isDnsName(text: unknown): boolean {
  return typeof text === "string" && dnsName.test(text);
}

const label = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
const dnsLabel = new RegExp(`^${label}$`);
const hostName = new RegExp(`^(?=.{1,253}$)${label}(\\.${label})*$`);

/** Whether a text can be the name of a namespace or a Service (a DNS-1123 label). */
export function isDnsLabel(text: unknown): text is string {
  return typeof text === "string" && dnsLabel.test(text);
}

/** Whether a text in lower case is a host name that DNS can look up; labels of at most 63 characters. */
export function isHostName(text: unknown): text is string {
  return typeof text === "string" && hostName.test(text);
}

const labelName = /^[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;

/** Whether a text can be the name of a label or taint, the part of its key behind a slash. */
export function isLabelName(text: string): boolean {
  return labelName.test(text);
}

/** Whether a text can be the value of a label or taint, which may be empty. */
export function isLabelValue(text: string): boolean {
  return text === "" || isLabelName(text);
}

/** Reports what cannot be the name of a namespace. */
export function checkNamespace(path: string, namespace: unknown, problems: Problems): void {
  if (!isDnsLabel(namespace)) {
    problems.add(
      path,
      `${JSON.stringify(namespace)} is not a namespace; use at most 63 lower-case letters, digits and "-"`,
    );
  }
}

/** Reports a name of somebody else's object that Kubernetes would refuse; outputs are not known yet. */
export function checkObjectName(path: string, name: unknown, problems: Problems): void {
  if (typeof name === "string" && !isDnsName(name)) {
    problems.add(
      path,
      `${JSON.stringify(name)} is not the name of an object; use lower-case letters, digits, "-" and "."`,
    );
  }
}

const suffixPattern = /-x[0-9a-f]{8}$/;

/**
 * The Kubernetes name (DNS-1123 label) of the object that stands for a user's map key.
 *
 * A key that already is such a label stays as it is. Any other key keeps its readable part and gets "-x" and
 * eight hex digits of its SHA-256, so that keys that look alike once sanitised stay apart; a key that only
 * looks like such a result is treated as changed, so a name made here never meets a name taken literally.
 */
export function objectName(key: string): string {
  const readable = key
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (isDnsLabel(key) && key.length <= maxObjectNameLength && !suffixPattern.test(key)) {
    return key;
  }
  const suffix = `-x${createHash("sha256").update(key).digest("hex").slice(0, 8)}`;
  const cut = readable.slice(0, maxObjectNameLength - suffix.length).replace(/-+$/, "");
  return `${cut || "model"}${suffix}`;
}
