import { checkNamespace, objectName } from "../shared/names";
import { at, type Problems } from "../shared/problems";
import type { ModelGatewayArgs } from "./modelGatewayArgs";

/** Longest value of a header that an HTTPRoute can match is 4,096; names that long are mistakes. */
const maxKeyLength = 253;

/** Checks the user's own keys and namespaces, and that no two keys end up in one object. */
export function checkNames(args: ModelGatewayArgs, namespace: string, problems: Problems): void {
  checkNamespace("namespace", namespace, problems);
  if ((args.createNamespace ?? true) && /^(default|kube-.*)$/.test(namespace)) {
    problems.add(
      "namespace",
      `"${namespace}" belongs to the cluster, and destroying this stack would take it along; choose another, or set createNamespace: false`,
    );
  }
  for (const [kind, map] of [
    ["models", args.models ?? {}],
    ["credentials", args.credentials ?? {}],
  ] as const) {
    const byName = new Map<string, string>();
    for (const key of Object.keys(map)) {
      checkKey(kind, key, problems);
      const name = objectName(key);
      const other = byName.get(name);
      if (other !== undefined) {
        problems.add(
          at(kind, key),
          `would share the object name "${name}" with ${JSON.stringify(other)}; rename one`,
        );
      }
      byName.set(name, key);
    }
  }
  for (const [key, model] of Object.entries(args.models ?? {})) {
    if (model.namespace !== undefined) {
      checkNamespace(`${at("models", key)}.namespace`, model.namespace, problems);
    }
  }
}

function checkKey(kind: string, key: string, problems: Problems): void {
  const path = at(kind, key);
  if (key === "" || key.length > maxKeyLength) {
    problems.add(path, `has a name of ${key.length} characters; use 1 to ${maxKeyLength}`);
  } else if (/[\s\p{C}]/u.test(key)) {
    problems.add(path, "has a blank or a control character in its name; take it out");
  } else if (!/^[\x21-\x7e]+$/.test(key)) {
    problems.add(
      path,
      "has a character outside ASCII, which cannot stand in the header that routes match; rename it",
    );
  } else if (key.includes("::")) {
    problems.add(path, 'has "::" in its name, which Pulumi uses inside its resource names; rename it');
  }
}
