import { beforeEach, describe, expect, it } from "vitest";
import type { ProcessorArgs } from "../../components/budgets/processorArgs";
import { processorManifests } from "../../components/budgets/processorManifests";
import { ReleaseSet } from "../../components/gateway/releases";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { planModelGateway } from "../../components/models/planModelGateway";
import { checkManifest, isKnownKind } from "../../components/shared/crds/checkManifest";
import type { Manifest } from "../../components/shared/manifest";
import { sealed } from "../unit/budgets/processorSupport";
import { masked } from "./masked";
import { skipWithReason } from "./skipWithReason";
import { expectAllValid, missingCrds, validateObjects } from "./validateObjects";

const image = "registry.example.com/processor:1";

/** Every member at least once. */
const processors: Readonly<Record<string, ProcessorArgs>> = {
  "with every default": { image },
  "with a Redis of the user's own, TLS, a webhook, and pods by load": {
    image,
    autoscaling: { min: 3, max: 20, cpuPercent: 70 },
    pods: {
      cpu: "2",
      memory: "4Gi",
      spread: "required",
      nodeSelector: { pool: "system" },
      tolerations: { CriticalAddonsOnly: {}, team: { value: "platform", effect: "NoSchedule" } },
      priorityClassName: "system-cluster-critical",
      imagePullSecretName: "pull",
      labels: { team: "platform" },
      annotations: { note: "mine" },
    },
    redis: {
      url: "rediss://redis.example.com:6380",
      username: "processor",
      password: sealed,
      caSecretName: "redis-ca",
      clientCertificateSecretName: "redis-client",
      serverName: "redis",
      timeoutMs: 50,
      ledger: "shared",
    },
    holdSeconds: 30,
    drainSeconds: 600,
    allowJump: true,
    webhook: { url: "https://hooks.example.com/x", authorization: sealed },
    tls: { certificateSecretName: "cert", hostname: "processor.example.com", caConfigMapName: "ca" },
    networkPolicy: { metricsNamespaces: ["monitoring"], egressPorts: [443] },
    logLevel: "debug",
    genAiMetrics: true,
    envoy: { messageTimeout: "10s", failOpen: true },
  },
  "in the gateway's namespace, with sentinels": {
    image,
    namespace: "ai-gateway",
    redis: { sentinel: { addresses: "a:26379,b:26379", master: "main", tls: true }, caSecretName: "ca" },
    tls: { certificateSecretName: "cert" },
  },
  "in memory, without a network policy": {
    image,
    store: "memory",
    networkPolicy: { enabled: false },
  },
};

const declaration = (release: ReleaseSet, processor: ProcessorArgs): ModelGatewayArgs => ({
  release,
  models: { m: { openAICompatible: { url: "https://llm.example.com/v1" } } },
  budgets: { rate: { limit: { tokens: 1000 }, period: "hour" } },
  processor,
});

/** All objects of a declaration, with a word in place of every secret. */
function objectsOf(args: ModelGatewayArgs): readonly Manifest[] {
  const { resolved, objects } = planModelGateway("dev", args);
  const { processor, policy = "" } = resolved;
  const parts = { policy, image, credentialsVersion: "0a1b2c3d" };
  const pods = processor?.pods === undefined ? [] : processorManifests(processor.pods, parts);
  return [...objects.map(({ manifest }) => manifest), ...pods].map((object) => masked(object) as Manifest);
}

describe.each(Object.values(ReleaseSet))("release set %s", (set) => {
  beforeEach((context) => {
    const missing = missingCrds(set);
    if (missing !== undefined) {
      skipWithReason(context, missing);
    }
  });

  it.each(Object.entries(processors))("takes a processor %s, rules included", async (_, args) => {
    const objects = objectsOf(declaration(set, args));
    expect(await expectAllValid(set, objects)).toBe(objects.length);
    expect(objects.filter(({ kind }) => kind === "EnvoyExtensionPolicy")).toHaveLength(1);
    expect(objects.filter(({ metadata }) => metadata.name.includes("-processor-x")).length).toBeGreaterThan(
      3,
    );
  });

  it("knows every kind by its own table, but those of Kubernetes itself", () => {
    const all = Object.values(processors).flatMap((args) => objectsOf(declaration(set, args)));
    const unknown = new Set(all.filter((object) => !isKnownKind(set, object)).map(({ kind }) => kind));
    expect([...unknown].sort()).toEqual([
      "ConfigMap",
      "Deployment",
      "HorizontalPodAutoscaler",
      "Namespace",
      "NetworkPolicy",
      "PodDisruptionBudget",
      "Secret",
      "Service",
      "ServiceAccount",
    ]);
    expect(all.flatMap((object) => checkManifest(set, object))).toEqual([]);
  });
});

it("the standalone gateway's objects are valid too", async (context) => {
  const missing = missingCrds("1.0");
  if (missing !== undefined) {
    skipWithReason(context, missing);
  }
  const objects = objectsOf({ ...declaration("1.1", {}), processor: undefined, target: "local" });
  expect(await expectAllValid("1.0", objects)).toBe(objects.length);
  expect(objects.map(({ kind }) => kind)).toContain("EnvoyExtensionPolicy");
  expect(objects.map(({ kind }) => kind)).not.toContain("Deployment");
});

it("the validator refuses what is wrong with each of the native kinds", async (context) => {
  const missing = missingCrds("1.1");
  if (missing !== undefined) {
    skipWithReason(context, missing);
  }
  const args = processors["with a Redis of the user's own, TLS, a webhook, and pods by load"];
  const objects = objectsOf(declaration("1.1", args ?? {}));
  const kinds = ["Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"];
  const broken = kinds.map((kind) => {
    const object = objects.find((each) => each.kind === kind && each.metadata.name.includes("-processor-x"));
    return { ...(object as Manifest), spec: { ...(object?.["spec"] as object), unheardOf: true } };
  });
  expect((await validateObjects("1.1", broken)).map(({ ok }) => ok)).toEqual(kinds.map(() => false));
});
