import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupName } from "../../../components/models/serviceName";
import type { VllmArgs } from "../../../components/models/vllmArgs";
import { expectProblems, objectOf, objectsOf, specOf } from "./support";

const declared = (vllm: VllmArgs) => ({ models: { m: { vllm } } });
const vllm: VllmArgs = { source: "a/b", gpus: 8, nodes: 2, replicas: 2, maxModelLen: 4_096 };
const objects = objectsOf(declared(vllm));
const group = specOf(objects, "LeaderWorkerSet", groupName("m"));
const { leaderTemplate, workerTemplate } = group.leaderWorkerTemplate;
const [leader] = leaderTemplate.spec.containers;
const [worker] = workerTemplate.spec.containers;

describe("a replica of several nodes", () => {
  it("is a group that stands and falls together", () => {
    expect(objectOf(objects, "LeaderWorkerSet", groupName("m")).apiVersion).toBe(
      "leaderworkerset.x-k8s.io/v1",
    );
    expect(group).toMatchObject({
      replicas: 2,
      startupPolicy: "LeaderCreated",
      rolloutStrategy: {
        type: "RollingUpdate",
        rollingUpdateConfiguration: { maxSurge: 0, maxUnavailable: 1 },
      },
      leaderWorkerTemplate: { size: 2, restartPolicy: "RecreateGroupOnPodRestart" },
    });
    expect(objects.map(({ manifest }) => manifest.kind)).not.toContain("Deployment");
  });

  it("splits layers over the GPUs of a node, and stages over nodes", () => {
    const common = [
      ...["a/b", "--served-model-name", "m", "--port", "8000", "--max-model-len", "4096"],
      ...["--tensor-parallel-size", "8", "--pipeline-parallel-size", "2", "--shutdown-timeout", "300"],
      "--enable-prompt-tokens-details",
      ...["--nnodes", "2", "--node-rank", "$(LWS_WORKER_INDEX)", "--master-addr", "$(LWS_LEADER_ADDRESS)"],
    ];
    expect(leader.args).toEqual(common);
    expect(worker.args).toEqual([...common, "--headless"]);
    const address = { name: "VLLM_HOST_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } };
    expect(leader.env).toContainEqual(address);
    expect(worker.env).toContainEqual(address);
  });

  it.each(["m", "7b", "vllm", "group-m"])(
    "of %s is not called like its Service, and by a name that one may have",
    (name) => {
      const made = objectsOf({ models: { [name]: { vllm } } });
      const nameOf = (kind: string) =>
        made.find(({ manifest }) => manifest.kind === kind)?.manifest.metadata.name;
      expect(nameOf("LeaderWorkerSet")).toMatch(/^[a-z][-a-z0-9]{0,45}$/);
      expect(nameOf("LeaderWorkerSet")).not.toBe(nameOf("Service"));
    },
  );

  it("takes requests by its leader alone", () => {
    const { selector, clusterIP } = specOf(objects, "Service", "m");
    expect(leaderTemplate.metadata.labels).toMatchObject(selector);
    expect(workerTemplate.metadata.labels).not.toMatchObject(selector);
    expect(clusterIP).toBe("None");
    expect(leader).toHaveProperty("readinessProbe");
    expect(worker).not.toHaveProperty("readinessProbe");
    expect(worker).not.toHaveProperty("ports");
  });

  it("asks for the same on each node", () => {
    expect(worker.resources).toEqual(leader.resources);
    expect(leader.resources.limits["nvidia.com/gpu"]).toBe("8");
    expect(leaderTemplate.spec.volumes).toContainEqual({
      name: "shm",
      emptyDir: { medium: "Memory", sizeLimit: "16Gi" },
    });
  });

  it("keeps its workers until the leader has drained, whatever the time for that", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_600 }), (shutdownSeconds) => {
        const spec = specOf(
          objectsOf(declared({ ...vllm, shutdownSeconds })),
          "LeaderWorkerSet",
          groupName("m"),
        );
        const templates = spec.leaderWorkerTemplate;
        const waitOf = (template: typeof leaderTemplate) =>
          template.spec.containers[0].lifecycle.preStop.sleep.seconds;
        const grace = templates.leaderTemplate.spec.terminationGracePeriodSeconds;
        const drained = waitOf(templates.leaderTemplate) + shutdownSeconds;
        expect(grace).toBeGreaterThan(drained);
        expect(waitOf(templates.workerTemplate)).toBeGreaterThanOrEqual(drained);
        expect(templates.workerTemplate.spec.terminationGracePeriodSeconds).toBeGreaterThan(
          waitOf(templates.workerTemplate),
        );
      }),
    );
  });

  it("needs a volume for its pods that all of its nodes can mount", () => {
    const cache = { storageClassName: "gp3" };
    expectProblems(declared({ source: "a/b", nodes: 2, cache }), [
      [
        'models["m"].vllm.cache.accessMode',
        /^ReadWriteOnce serves the pods of one node, and there are 2 pods; use/,
      ],
    ]);
  });
});

describe("a model that needs two nodes", () => {
  const pools = { quad: { instanceType: "g6.12xlarge" } };
  const big: VllmArgs = { source: "Qwen/Qwen3-235B-A22B-FP8", pool: "quad", gpus: 4, maxModelLen: 8_192 };

  it("is refused on one, and taken on enough of them", () => {
    expectProblems({ pools, models: { m: { vllm: big } } }, [
      ['models["m"].vllm.gpus', /on 4 L4 with .* usable each; .*; these would work: /],
    ]);
    const made = objectsOf({ pools, models: { m: { vllm: { ...big, nodes: 4 } } } });
    expect(specOf(made, "LeaderWorkerSet", groupName("m")).leaderWorkerTemplate.size).toBe(4);
  });
});
