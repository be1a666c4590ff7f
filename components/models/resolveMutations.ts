import { checkTwice } from "../shared/checkTwice";
import { isHeaderName } from "../shared/headerNames";
import { isPlainObject } from "../shared/plainObject";
import { at, type Problems } from "../shared/problems";
import { clientCredentialHeaders, isCredentialField, isCredentialHeader } from "./credentialNames";
import type { BodyMutationArgs, HeaderMutationArgs } from "./trafficArgs";

export interface ResolvedMutations {
  readonly setHeaders: Readonly<Record<string, string>>;
  readonly removeHeaders: readonly string[];
  readonly setBody: Readonly<Record<string, unknown>>;
  readonly removeBody: readonly string[];
}

/** Most entries of one list of a mutation (AIServiceBackend, both release sets). */
const maxEntries = 16;

export function resolveMutations(
  path: string,
  headers: HeaderMutationArgs = {},
  body: BodyMutationArgs = {},
  problems: Problems,
): ResolvedMutations {
  const setHeaders = headers.set ?? {};
  const removeHeaders = headers.remove ?? [];
  checkHeaders(`${path}.headers.set`, Object.keys(setHeaders), maxEntries, problems);
  checkHeaders(
    `${path}.headers.remove`,
    removeHeaders,
    maxEntries - clientCredentialHeaders.length,
    problems,
  );
  checkBothWays(`${path}.headers`, Object.keys(setHeaders), removeHeaders, problems);
  const setBody = body.set ?? {};
  const removeBody = body.remove ?? [];
  checkFields(`${path}.body.set`, Object.keys(setBody), problems);
  checkFields(`${path}.body.remove`, removeBody, problems);
  checkBothWays(`${path}.body`, Object.keys(setBody), removeBody, problems);
  checkHeaderValues(`${path}.headers.set`, setHeaders, problems);
  checkFieldValues(`${path}.body.set`, setBody, problems);
  const extra = removeHeaders.filter((name) => !hasHeader(clientCredentialHeaders, name));
  return { setHeaders, removeHeaders: [...clientCredentialHeaders, ...extra], setBody, removeBody };
}

/** Whether a value comes through JSON unchanged; `above` are the objects around it. */
function isJson(value: unknown, above: readonly unknown[]): boolean {
  if (typeof value !== "object" || value === null) {
    return (
      value === null ||
      typeof value === "string" ||
      typeof value === "boolean" ||
      (typeof value === "number" && Number.isFinite(value))
    );
  }
  return (
    (Array.isArray(value) || isPlainObject(value)) &&
    !above.includes(value) &&
    Object.values(value).every((member) => isJson(member, [...above, value]))
  );
}

function checkHeaderValues(
  path: string,
  headers: Readonly<Record<string, string>>,
  problems: Problems,
): void {
  for (const [name, value] of Object.entries(headers)) {
    if (isCredentialHeader(name)) {
      problems.add(
        at(path, name),
        "would keep a credential in the clear, in the cluster and in Pulumi's state; give it as apiKey or credential, which the gateway sends in the provider's own header",
      );
    } else if (!/^[\t\x20-\x7e]{1,4096}$/.test(value)) {
      problems.add(at(path, name), "is not a header value; give 1 to 4,096 printable ASCII characters");
    }
  }
}

function checkFieldValues(path: string, fields: Readonly<Record<string, unknown>>, problems: Problems): void {
  for (const [field, value] of Object.entries(fields)) {
    if (isCredentialField(field)) {
      problems.add(
        at(path, field),
        "would keep a credential in the clear, in the cluster and in Pulumi's state; give it as apiKey or credential",
      );
    } else if (!isJson(value, [])) {
      problems.add(
        at(path, field),
        "is not plain JSON; give text, a finite number, true, false, null, a list or an object, and no outputs",
      );
    }
  }
}

function hasHeader(names: readonly string[], name: string): boolean {
  return names.some((other) => other.toLowerCase() === name.toLowerCase());
}

function checkHeaders(path: string, names: readonly string[], most: number, problems: Problems): void {
  checkCount(path, names, most, problems);
  for (const name of names) {
    const lower = name.toLowerCase();
    if (lower.startsWith("x-ai-eg-") || lower.startsWith(":") || lower === "x-envoy-original-path") {
      problems.add(path, `"${name}" belongs to the gateway, which would skip the change silently; remove it`);
    } else if (!isHeaderName(lower)) {
      problems.add(path, `${JSON.stringify(name)} is not a header name`);
    } else if (["content-length", "transfer-encoding", "connection"].includes(lower)) {
      problems.add(path, `"${name}" says how the request is framed, and the gateway writes it; remove it`);
    } else if (lower === "host") {
      problems.add(
        path,
        `"${name}" is rewritten to the backend's host by the gateway; set the host in the URL`,
      );
    }
  }
  checkTwice(
    path,
    names.map((name) => name.toLowerCase()),
    problems,
  );
}

function checkFields(path: string, fields: readonly string[], problems: Problems): void {
  checkCount(path, fields, maxEntries, problems);
  for (const field of fields) {
    if (field === "" || /[.*?|#@\\]|^:/.test(field)) {
      problems.add(
        path,
        `"${field}" would be read as a path into the body; only top-level fields can be changed, so name one without . * ? | # @ \\`,
      );
    } else if (field === "model") {
      problems.add(
        path,
        '"model" is what the gateway routes by; use upstreamName to change what the provider gets',
      );
    }
  }
  checkTwice(path, fields, problems);
}

function checkCount(path: string, names: readonly string[], most: number, problems: Problems): void {
  if (names.length > most) {
    problems.add(
      path,
      `has ${names.length} entries, and the gateway takes ${most}; remove ${names.length - most}`,
    );
  }
}

function checkBothWays(
  path: string,
  set: readonly string[],
  remove: readonly string[],
  problems: Problems,
): void {
  for (const name of set) {
    if (hasHeader(remove, name)) {
      problems.add(path, `both sets and removes "${name}"; keep one`);
    }
  }
}
