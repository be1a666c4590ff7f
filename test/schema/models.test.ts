import { describe, expect, it } from "vitest";
import type { ReleaseSet } from "../../components/gateway/releases";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { modelGatewayManifests } from "../../components/models/modelGatewayManifests";
import { providerKinds } from "../../components/models/resolved";
import { resolveModelGateway } from "../../components/models/resolveModelGateway";
import { checkManifest, isKnownKind } from "../../components/shared/crds/checkManifest";
import type { Manifest } from "../../components/shared/manifest";
import { masked } from "./masked";
import { modelsDeclaration } from "./modelsDeclaration";
import { skipWithReason } from "./skipWithReason";
import { expectAllValid, missingCrds, validateObjects } from "./validateObjects";

/** The objects of a declaration, with a word in place of every secret. */
function objectsOf(args: ModelGatewayArgs): readonly Manifest[] {
  return modelGatewayManifests(resolveModelGateway("gw", args)).map(
    ({ manifest }) => masked(manifest) as Manifest,
  );
}

/** The standalone gateway takes its orders as annotations with two slashes, which no API server would. */
function withoutOrders(object: Manifest): Manifest {
  const kept = Object.entries(object.metadata.annotations ?? {}).filter(
    ([name]) => !name.startsWith("substitution.aigw.run/"),
  );
  return { ...object, metadata: { ...object.metadata, annotations: Object.fromEntries(kept) } };
}

const problemsIn = (set: ReleaseSet, objects: readonly Manifest[]) =>
  objects.flatMap((object) =>
    checkManifest(set, object).map(
      ({ path, reason }) => `${object.kind} ${object.metadata.name} ${path}: ${reason}`,
    ),
  );

const variants: readonly (readonly [string, ReleaseSet, ModelGatewayArgs])[] = [
  ["a cluster of release set 1.0", "1.0", modelsDeclaration("1.0")],
  ["a cluster of release set 1.1", "1.1", modelsDeclaration("1.1")],
  ["a laptop", "1.0", { ...modelsDeclaration("1.1"), target: "local" }],
  [
    "a laptop with real providers and endpoints of its owner's",
    "1.0",
    {
      ...modelsDeclaration("1.1"),
      target: "local",
      local: {
        real: ["openai", "anthropic", "bedrock", "vertex", "cohere", "azure", "compatible"],
        upstreams: { plain: "http://127.0.0.1:11434/v1", "7b-amd": "https://llm.example.com/v1" },
        host: "0.0.0.0",
      },
    },
  ],
];

describe.each(variants)("all objects of %s", (_, set, args) => {
  const objects = objectsOf(args);

  it("are valid for the API server, rules included", async (context) => {
    const missing = missingCrds(set);
    if (missing !== undefined) {
      skipWithReason(context, missing);
    }
    expect(objects.length).toBeGreaterThan(100);
    expect(await expectAllValid(set, objects.map(withoutOrders))).toBe(objects.length);
  });

  it("are complete and without an unknown field for our own table", () => {
    const native = [
      "Namespace",
      "Secret",
      "Deployment",
      "PodDisruptionBudget",
      "Service",
      "PersistentVolumeClaim",
    ];
    const unknown = objects.filter((object) => !isKnownKind(set, object) && !native.includes(object.kind));
    expect(unknown).toEqual([]);
    expect(problemsIn(set, objects)).toEqual([]);
  });
});

it("the declaration uses every kind of provider, and every kind of credential", () => {
  const args = modelsDeclaration("1.1");
  const used = new Set(Object.values(args.models).flatMap((model) => Object.keys(model)));
  expect(providerKinds.filter((kind) => !used.has(kind))).toEqual([]);
  const types = objectsOf(args)
    .filter(({ kind }) => kind === "BackendSecurityPolicy")
    .map(({ spec }) => (spec as { type: string }).type);
  expect([...new Set(types)].sort()).toEqual(
    [
      "APIKey",
      "AWSCredentials",
      "AnthropicAPIKey",
      "AzureAPIKey",
      "AzureCredentials",
      "GCPCredentials",
    ].sort(),
  );
});

it("a field that release set 1.0 does not have is rendered for 1.1 alone", async (context) => {
  const newer = objectsOf(modelsDeclaration("1.1"));
  const older = objectsOf(modelsDeclaration("1.0"));
  const holds = (objects: readonly Manifest[]) => JSON.stringify(objects).includes("streamIdleTimeout");
  expect([holds(newer), holds(older)]).toEqual([true, false]);
  expect(problemsIn("1.0", newer)).toEqual([
    expect.stringMatching(/^AIGatewayRoute full .*streamIdleTimeout/),
  ]);
  const missing = missingCrds("1.0");
  if (missing !== undefined) {
    skipWithReason(context, missing);
  }
  const route = newer.filter(({ kind, metadata }) => kind === "AIGatewayRoute" && metadata.name === "full");
  expect((await validateObjects("1.0", route)).map(({ ok }) => ok)).toEqual([false]);
});
