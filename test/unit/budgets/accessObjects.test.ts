import { secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { AccessArgs } from "../../../components/budgets/accessArgs";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { endpoint, objectsOf, resolvedOf, specOf } from "../models/support";
import { apiKeys } from "./support";

const jwt = { issuer: "https://login.example.com/", jwksUri: "https://login.example.com/keys" };
const claims = { user: "sub", team: "team" };
const issuers = { staff: { ...jwt, claims }, ci: { ...jwt, issuer: "https://ci.example.com" } };
const hasTokens = (access: AccessArgs | undefined) =>
  access?.jwt !== undefined || access?.issuers !== undefined;
const versions = { old: { key: secret("o"), expires: "2030-01-01T00:00:00Z" }, new: { generated: true } };

/** Every way to say who calls; all that rules ask for is set by it. */
const ways: readonly (readonly [what: string, access: AccessArgs | undefined])[] = [
  ["everybody", undefined],
  ["headers of others", { clientHeaders: { team: "x-team" } }],
  ["tokens", { jwt: { ...jwt, audiences: ["llm"], claims } }],
  ["tokens or nothing", { jwt: { ...jwt, claims }, anonymous: true }],
  ["keys", { apiKeys }],
  [
    "keys, some in a Secret of yours",
    { apiKeys: { ...apiKeys, other: { team: "o" } }, apiKeySecretName: "mine" },
  ],
  ["keys or nothing", { apiKeys, anonymous: true }],
  ["keys with versions", { apiKeys: { chat: { team: "search", versions } } }],
  ["tokens of several", { issuers }],
  ["tokens of several, or keys", { issuers, apiKeys }],
  ["tokens or keys", { jwt: { ...jwt, claims }, apiKeys }],
  ["tokens, keys or nothing", { jwt: { ...jwt, claims }, apiKeys, anonymous: true }],
];
const targets: readonly (readonly [where: string, target: Partial<ModelGatewayArgs>])[] = [
  ["in a cluster", {}],
  ["on a laptop", { target: "local" }],
  ["on a laptop for others", { target: "local", local: { host: "0.0.0.0" } }],
];

/** A declaration with everything that asks for a policy: fallbacks, rules, budgets, TLS. */
function declarations(): readonly (readonly [name: string, args: ModelGatewayArgs])[] {
  return ways.flatMap(([what, access]) =>
    targets.flatMap(([where, target]) =>
      [false, true].flatMap((hasRules) =>
        [false, true].map((hasBudgets): readonly [string, ModelGatewayArgs] => {
          const isProven = hasTokens(access) || access?.apiKeys !== undefined;
          const rules =
            hasRules && isProven ? { search: { teams: ["search"], models: ["m"] }, all: {} } : undefined;
          const budgets = { b: { limit: { requests: 5 }, period: "minute" as const } };
          const args: ModelGatewayArgs = {
            models: {
              m: { ...endpoint(), fallback: ["n"] },
              n: endpoint("n.example.com"),
            },
            ...(access === undefined
              ? {}
              : { access: { ...access, ...(rules === undefined ? {} : { rules }) } }),
            ...(hasBudgets ? { budgets } : {}),
            ...target,
          };
          const name = `${what}, ${hasRules ? "rules" : "no rules"}, ${hasBudgets ? "budgets" : "no budgets"}, ${where}`;
          return [name, withProcessor(args)];
        }),
      ),
    ),
  );
}

/** A cluster needs to know the processor's image, where there is one. */
function withProcessor(args: ModelGatewayArgs): ModelGatewayArgs {
  const { policy } = resolvedOf({ ...args, target: "local" });
  return policy === undefined || args.target === "local"
    ? args
    : { ...args, processor: { image: "processor:1" } };
}

const all = declarations().map(([name, args]) => ({ name, args, objects: objectsOf(args) }));
type Declared = (typeof all)[number];

/** Names of all members of everything that is rendered. */
function membersOf(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null || "apply" in value) {
    return [];
  }
  return Object.entries(value).flatMap(([name, inner]) => [name, ...membersOf(inner)]);
}
const kindsOf = ({ objects }: Declared, kind: string) =>
  objects.map(({ manifest }) => manifest).filter((manifest) => manifest.kind === kind);
const gatewayAlone = [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "gw" }];

describe("whatever is declared about who calls", () => {
  it("there is a declaration of each kind", () => {
    expect(all).toHaveLength(144);
    const policies = all.map((one) => kindsOf(one, "SecurityPolicy").length);
    const processors = all.map((one) => kindsOf(one, "EnvoyExtensionPolicy").length);
    expect([...new Set(policies)].sort()).toEqual([0, 1]);
    expect([...new Set(processors)].sort()).toEqual([0, 1]);
  });

  it("one policy at most says who may call, and it stands on the Gateway as a whole", () => {
    for (const one of all) {
      for (const kind of ["SecurityPolicy", "EnvoyExtensionPolicy", "ClientTrafficPolicy"]) {
        const found = kindsOf(one, kind);
        expect(found.length, one.name).toBeLessThanOrEqual(1);
        for (const { spec } of found as unknown as readonly { readonly spec: object }[]) {
          expect(spec, one.name).toMatchObject({ targetRefs: gatewayAlone });
          expect(spec, one.name).not.toHaveProperty("mergeType");
        }
      }
    }
  });

  it("Envoy asks for a token or for a key, and for both never", () => {
    for (const { name, args, objects } of all) {
      const [policy] = objects.filter(({ manifest }) => manifest.kind === "SecurityPolicy");
      const spec = (policy?.manifest["spec"] ?? {}) as { jwt?: { optional?: true }; apiKeyAuth?: object };
      expect(spec.jwt !== undefined && spec.apiKeyAuth !== undefined, name).toBe(false);
      // What is optional for Envoy is asked for by the processor, or by nobody because that was said.
      const isOptional = spec.jwt?.optional === true;
      expect(isOptional, name).toBe(
        hasTokens(args.access) && (args.access?.apiKeys !== undefined || args.access?.anonymous === true),
      );
      const processor = resolvedOf(args).policy;
      const isAsked = JSON.parse(processor ?? "{}").access?.keys !== undefined;
      expect(isOptional && !isAsked && args.access?.anonymous !== true, name).toBe(false);
    }
  });

  it("nothing is said that moves AI Gateway in front of authentication, or leaves a choice to clients", () => {
    const never = [
      "responseOverride",
      "claimToHeaders",
      "recomputeRoute",
      "credentialOverride",
      "targetSelectors",
      "sectionName",
      "params",
      "cookies",
      "oidc",
      "basicAuth",
      "extAuth",
      "fromMetadata",
      "fromDynamicMetadata",
    ];
    for (const { name, objects } of all) {
      const members = new Set(objects.flatMap(({ manifest }) => membersOf(manifest)));
      expect(
        never.filter((member) => members.has(member)),
        name,
      ).toEqual([]);
      expect(objects.map(({ manifest }) => manifest.kind)).not.toContain("MCPRoute");
      expect(objects.map(({ manifest }) => manifest.kind)).not.toContain("EnvoyPatchPolicy");
    }
    // They are found where they stand.
    const [jwtOnly] = all.filter(({ args }) => args.access?.jwt !== undefined);
    expect(membersOf(jwtOnly?.objects.map(({ manifest }) => manifest))).toContain("extractFrom");
  });

  it("the processor stands behind authentication, and fails closed where it decides who may call", () => {
    for (const one of all) {
      const { spec } = kindsOf(one, "EnvoyProxy")[0] as unknown as { spec: { filterOrder?: unknown } };
      const [extension] = kindsOf(one, "EnvoyExtensionPolicy");
      if (extension === undefined) {
        expect(spec.filterOrder, one.name).toBeUndefined();
        continue;
      }
      expect(spec.filterOrder, one.name).toEqual([
        { name: "envoy.filters.http.ext_proc", before: "envoy.filters.http.buffer" },
      ]);
      expect(specOf(one.objects, "BackendTrafficPolicy", "gw.gateway"), one.name).toHaveProperty(
        "requestBuffer",
      );
      const [extProc] = specOf(one.objects, "EnvoyExtensionPolicy", "gw").extProc;
      const decides = JSON.parse(resolvedOf(one.args).policy ?? "{}").access;
      if (decides?.rules !== undefined || decides?.keys !== undefined) {
        expect(extProc.failOpen, one.name).toBe(false);
      }
      expect(extProc.processingMode.request, one.name).toEqual({ body: "Buffered" });
      if (hasTokens(one.args.access)) {
        expect(extProc.metadata.accessibleNamespaces, one.name).toContain("envoy.filters.http.jwt_authn");
      }
    }
  });

  it("authorization by Envoy is the caller's address on a laptop, and nothing else", () => {
    for (const one of all) {
      const [policy] = kindsOf(one, "SecurityPolicy") as unknown as { spec: { authorization?: object } }[];
      const isLoopback = one.args.target === "local" && one.args.local === undefined;
      expect(policy?.spec.authorization, one.name).toEqual(
        isLoopback
          ? {
              defaultAction: "Deny",
              rules: [
                {
                  name: "this-machine",
                  action: "Allow",
                  principal: { clientCIDRs: ["127.0.0.0/8", "::1/128"] },
                },
              ],
            }
          : undefined,
      );
    }
  });

  it("what the gateway tells itself in headers is taken away from clients first", () => {
    for (const { name, objects, args } of all) {
      const { earlyRequestHeaders } = specOf(objects, "ClientTrafficPolicy", "gw").headers;
      const prefixes = earlyRequestHeaders.removeOnMatch.map(({ value }: { value: string }) => value);
      expect(prefixes, name).toEqual(expect.arrayContaining(["x-ai-eg-", "x-aigw-"]));
      const isKnown = args.access !== undefined || args.budgets !== undefined;
      expect(!isKnown || prefixes.includes("x-ai-gateway-"), name).toBe(true);
      expect(earlyRequestHeaders.remove, name).toEqual(
        expect.arrayContaining(["x-gateway-destination-endpoint", "x-envoy-original-path"]),
      );
    }
  });
});
