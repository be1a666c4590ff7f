import type { Manifest } from "./manifest";
import { isPlainObject } from "./plainObject";

/** What an object is found by among those of one component. */
export function referenceTo(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ""}/${name}`;
}

export function referenceOf({ kind, metadata }: Manifest): string {
  return referenceTo(kind, metadata.namespace, metadata.name);
}

/**
 * The objects that a manifest names and that should exist before it, its namespace included. Names that are
 * outputs are left out: they belong to somebody else.
 */
export function referencesIn(manifest: Manifest): readonly string[] {
  const found = new Set<string>();
  const { namespace } = manifest.metadata;
  if (namespace !== undefined) {
    found.add(referenceTo("Namespace", undefined, namespace));
  }
  collect(manifest["spec"], "", namespace, found);
  for (const reference of special(manifest)) {
    found.add(reference);
  }
  return [...found];
}

/** Walks a spec for members such as `targetRefs`, `secretRef` or `caCertificateRefs`. */
function collect(value: unknown, member: string, namespace: string | undefined, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) {
      collect(item, member, namespace, found);
    }
    return;
  }
  if (!isPlainObject(value)) {
    return;
  }
  const kind = value["kind"] ?? kindOfMember[member];
  if (typeof kind === "string" && typeof value["name"] === "string") {
    const other = typeof value["namespace"] === "string" ? value["namespace"] : namespace;
    for (const real of standsFor[kind] ?? [kind]) {
      found.add(referenceTo(real, other, value["name"]));
    }
  }
  for (const [name, nested] of Object.entries(value)) {
    collect(nested, name, namespace, found);
  }
}

/** Members that name an object without saying its kind. */
const kindOfMember: Readonly<Record<string, string>> = {
  secretRef: "Secret",
  clientSecretRef: "Secret",
  clientSecret: "Secret",
  secretKeyRef: "Secret",
  certificateRefs: "Secret",
  credentialRefs: "Secret",
  backendRefs: "AIServiceBackend",
};

/**
 * Kinds that stand for others: the HTTPRoute is generated from an AIGatewayRoute, and a backend is complete only
 * with its credential and its certificate check.
 */
const standsFor: Readonly<Record<string, readonly string[]>> = {
  HTTPRoute: ["AIGatewayRoute"],
  AIServiceBackend: ["AIServiceBackend", "BackendSecurityPolicy", "BackendTLSPolicy"],
};

/** References that are written in ways of their own. */
function special({ kind, metadata, spec }: Manifest): readonly string[] {
  const own = (others: readonly string[]) =>
    others.map((other) => referenceTo(other, metadata.namespace, metadata.name));
  switch (kind) {
    case "Gateway": {
      const { gatewayClassName } = spec as { readonly gatewayClassName?: unknown };
      return [referenceTo("GatewayClass", undefined, String(gatewayClassName)), ...own(["GatewayConfig"])];
    }
    case "AIGatewayRoute":
      return routePolicies(spec, metadata.namespace);
    case "Deployment":
      return own(["PersistentVolumeClaim", "ConfigMap", "ServiceAccount"]);
    default:
      return [];
  }
}

/** A route that comes before the policies of its Gateway would let requests past them for a moment. */
function routePolicies(spec: unknown, namespace: string | undefined): readonly string[] {
  const { parentRefs = [] } = spec as { readonly parentRefs?: readonly { readonly name?: unknown }[] };
  return parentRefs.flatMap(({ name }) =>
    ["EnvoyExtensionPolicy", "SecurityPolicy"].map((policy) => referenceTo(policy, namespace, String(name))),
  );
}
