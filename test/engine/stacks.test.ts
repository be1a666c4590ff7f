import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { PoolArgs } from "../../components/cluster/poolArgs";
import type { AiPlatformArgs } from "../../components/platformArgs";
import { type Outcome, TestEngine } from "./support/engine";
import { describeEngine } from "./support/engineTests";
import { type Change, stackConfig, stackProgram } from "./support/loadStack";
import type { Cue } from "./support/standIn/failures";
import {
  changesOf,
  expectAllSame,
  expectDone,
  expectNoSecret,
  expectReverseOrder,
  generatedSecrets,
  leftOver,
  shortName,
} from "./support/steps";

// What this file does not prove: that AWS, Kubernetes and Helm do what the stand-ins do. Those refuse what the types of
// the SDKs and the definitions of custom resources refuse, and know what AWS replaces and what it keeps.

/** A change of a user's, and all that it may do to the stack. */
interface Edit {
  readonly change: Change;
  readonly expected: readonly string[];
}

interface Case {
  readonly stack: string;
  readonly edits: Readonly<Record<"model" | "pool" | "budget" | "instance type", Edit>>;
  /** What fails once in the middle of the first `up`. */
  readonly failing: Cue;
  /** Whether AWS refuses to delete the cluster. */
  readonly isProtected: boolean;
}

const withPools =
  (change: (pools: Readonly<Record<string, PoolArgs>>) => Record<string, PoolArgs>): Change =>
  (args) => ({ ...args, cluster: { ...clusterOf(args), pools: change(clusterOf(args).pools ?? {}) } });

const withCluster =
  (change: Partial<NonNullable<AiPlatformArgs["cluster"]>>): Change =>
  (args) => ({ ...args, cluster: { ...clusterOf(args), ...change } });

function clusterOf({ cluster }: AiPlatformArgs) {
  if (cluster === undefined) {
    throw new Error("the stack declares no cluster");
  }
  return cluster;
}

const addPool = (zone: string) =>
  withPools((pools) => ({ ...pools, added: { instanceType: "g6.12xlarge", max: 1, zones: [zone] } }));

const changeType = (pool: string, instanceType: string) =>
  withPools((pools) => ({ ...pools, [pool]: { ...pools[pool], instanceType } as PoolArgs }));

const addModel: Change = (args) => ({
  ...args,
  models: {
    ...args.models,
    added: {
      bedrockAnthropic: { modelId: "us.anthropic.claude-haiku-4-5-20251001-v1:0", region: "us-west-2" },
      price: { usdPerMillionInputTokens: 1, usdPerMillionOutputTokens: 5 },
    },
  },
});

const raise =
  (budget: string): Change =>
  (args) => {
    const before = args.budgets?.[budget];
    if (before === undefined) {
      throw new Error(`the stack declares no budget "${budget}"`);
    }
    return { ...args, budgets: { ...args.budgets, [budget]: { ...before, limit: { usd: 9_000 } } } };
  };

const modelObjects = ["AIGatewayRoute", "AIServiceBackend", "Backend", "BackendSecurityPolicy"].concat(
  "BackendTLSPolicy",
  "BackendTrafficPolicy",
);

/** Tags by which the autoscaler knows nodes that do not exist yet. */
const poolTags = [
  "label/ai-gateway/device-plugin",
  "label/ai-gateway/gpu-vendor",
  "label/ai-gateway/pool",
  "label/k8s.amazonaws.com/accelerator",
  "resources/ephemeral-storage",
  "resources/nvidia.com/gpu",
  "taint/nvidia.com/gpu",
];

/** Components hold their declarations, and are nothing in the cloud. */
const components = (name: string, ...kinds: string[]) => kinds.map((kind) => `update ${kind} ${name}`);

/** In place: the cluster's provider may change a ConfigMap, and the processor is never without its policy. */
const policyOf = (name: string) => [
  `update ConfigMap ${name}`,
  ...components(name, "AiPlatform", "ModelGateway"),
];

const newPool = (name: string, zone: string) => [
  `create LaunchTemplate ${name}-added`,
  `create NodeGroup ${name}-added-${zone}`,
  ...poolTags.map((tag) => `create Tag ${name}-added-${zone}-${tag}`),
  ...components(name, "AiPlatform", "GpuCluster", "ModelGateway"),
];

const rolledPool = (name: string, pool: string, zones: readonly string[]) => [
  `update LaunchTemplate ${name}-${pool}`,
  ...zones.map((zone) => `update NodeGroup ${name}-${pool}-${zone}`),
  // The other node has another disk to offer.
  ...zones.map((zone) => `update Tag ${name}-${pool}-${zone}-resources/ephemeral-storage`),
  ...components(name, "AiPlatform", "GpuCluster", "ModelGateway"),
];

const cases: readonly Case[] = [
  {
    stack: "dev",
    edits: {
      model: {
        change: addModel,
        expected: [...modelObjects.map((kind) => `create ${kind} dev-added`), ...policyOf("dev")],
      },
      pool: { change: addPool("us-west-2a"), expected: newPool("dev", "us-west-2a") },
      budget: { change: raise("team-day"), expected: policyOf("dev") },
      "instance type": {
        change: changeType("small", "g6.4xlarge"),
        expected: rolledPool("dev", "small", ["us-west-2a"]),
      },
    },
    // A child of a component that is made in another process.
    failing: { op: "create", urn: "Cluster::dev-eksCluster" },
    isProtected: false,
  },
  {
    stack: "prod",
    edits: {
      model: {
        change: addModel,
        expected: [...modelObjects.map((kind) => `create ${kind} prod-added`), ...policyOf("prod")],
      },
      pool: { change: addPool("us-east-1a"), expected: newPool("prod", "us-east-1a") },
      budget: { change: raise("team-month"), expected: policyOf("prod") },
      "instance type": {
        change: changeType("small", "g6e.2xlarge"),
        expected: [
          ...rolledPool("prod", "small", ["us-east-1a", "us-east-1b", "us-east-1c"]),
          // The node has more memory, of which the model's pods get theirs.
          "update Deployment prod-qwen3-8b",
        ],
      },
    },
    failing: { op: "create", urn: "Release::prod-envoy-gateway" },
    isProtected: true,
  },
];

describe.each(cases)("the stack $stack", ({ stack, edits, failing, isProtected }) => {
  describeEngine(`stacks/${stack}.ts, through the engine`, () => {
    const config = stackConfig(stack);
    let preview: Outcome;
    let base: TestEngine;
    let engine: TestEngine | undefined;
    const made = () => {
      const [up] = [base.journal().filter(({ op }) => op === "create")];
      return up.map(({ urn }) => urn);
    };
    beforeAll(async () => {
      base = await TestEngine.create({ stack, config });
      preview = await base.preview(stackProgram(stack));
      expect(base.objects()).toEqual([]);
      expectDone(await base.up(stackProgram(stack)));
    });
    afterAll(() => base.close());
    afterEach(() => engine?.close());

    it("is planned without an error, and made as planned, in an order that works", async () => {
      expectDone(preview);
      expect(preview.steps.filter(({ op }) => op !== "create")).toEqual([]);
      const planned = preview.steps.map(({ urn }) => urn);
      expect(made().length).toBeGreaterThan(100);
      // What a chart holds is not known before there is a cluster to ask.
      expect(
        made().filter((urn) => !planned.includes(urn) && !urn.includes("CustomResourceDefinition")),
      ).toEqual([]);
    });

    it("stays the same when nothing has changed, for the program and for the cloud", async () => {
      engine = await base.copy();
      expectAllSame(await engine.up(stackProgram(stack)));
      expectAllSame(await engine.refresh());
      expect(engine.journal()).toEqual(base.journal());
    });

    it.each(Object.entries(edits))(
      "touches nothing else when another %s is declared",
      async (_, { change, expected }) => {
        engine = await base.copy();
        const planned = expectDone(await engine.preview(stackProgram(stack, change)));
        expect(changesOf(planned)).toEqual([...expected].sort());
        const done = expectDone(await engine.up(stackProgram(stack, change)));
        expect(changesOf(done)).toEqual(changesOf(planned));
      },
    );

    it("has no secret in clear in its state, its history or its configuration", () => {
      const given = Object.values(config).flatMap((value) =>
        typeof value === "string" ? [] : [value.secret],
      );
      expectNoSecret(base, [...given, ...generatedSecrets(base)], "urn:pulumi:");
    });

    it("resumes a creation that failed midway, and makes nothing twice", async () => {
      engine = await TestEngine.create({ stack, config });
      engine.failOnce(failing);
      const first = await engine.up(stackProgram(stack));
      expect(first).toMatchObject({ ok: false, errors: expect.stringContaining("told to fail: create") });
      expect(first.failed.map(shortName).join()).toContain(failing.urn.replace("::", " "));
      expect(engine.openCues()).toEqual([]);
      const before = engine.journal();
      expectDone(await engine.up(stackProgram(stack)));
      const [urns, all] = [new Set(engine.journal().map(({ urn }) => urn)), engine.journal()];
      expect(before.length).toBeGreaterThan(10);
      expect(all.length).toBe(urns.size);
      expect([...urns].sort()).toEqual([...made()].sort());
    });

    if (isProtected) {
      it("keeps a protected cluster and its network when it is to be taken down", async () => {
        engine = await base.copy();
        expect(await engine.destroy()).toMatchObject({ ok: false, errors: expect.stringMatching(/protect/) });
        const kept = [`Cluster ${stack}-eksCluster`, `Vpc ${stack}`];
        expect(leftOver(engine)).toEqual(expect.arrayContaining(kept));
      });
    }

    it("is taken down in reverse order, and only definitions of custom resources stay", async () => {
      engine = await base.copy();
      const unprotected = withCluster({ deletionProtection: false });
      expectDone(await engine.up(stackProgram(stack, unprotected)));
      const dependencies = await engine.dependencies();
      expectDone(await engine.destroy());
      expect(leftOver(engine)).toEqual([]);
      expectReverseOrder(engine, dependencies);
    });
  });
});
