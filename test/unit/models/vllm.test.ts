import { secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { VllmArgs } from "../../../components/models/vllmArgs";
import { objectOf, objectsOf, specOf } from "./support";

const rendered = (vllm: VllmArgs, name = "m") => objectsOf({ models: { [name]: { vllm } } });
const deployment = (vllm: VllmArgs) => specOf(rendered(vllm), "Deployment", "m");
const container = (vllm: VllmArgs) => deployment(vllm).template.spec.containers[0];
const labels = {
  "app.kubernetes.io/managed-by": "pulumi-ai-gateway",
  "app.kubernetes.io/name": "vllm",
  "app.kubernetes.io/instance": "m",
};
const selector = { "app.kubernetes.io/name": "vllm", "app.kubernetes.io/instance": "m" };

describe("the Deployment of a model", () => {
  it("with every default, on NVIDIA", () => {
    const objects = rendered({ source: "Qwen/Qwen3-1.7B" });
    expect(objectOf(objects, "Deployment", "m")).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        name: "m",
        namespace: "ai-gateway",
        labels,
        annotations: { "pulumi-ai-gateway/model": "m", "pulumi.com/timeoutSeconds": "2400" },
      },
      spec: {
        replicas: 1,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        progressDeadlineSeconds: 2400,
        selector: { matchLabels: selector },
        template: {
          metadata: { labels },
          spec: {
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 345,
            automountServiceAccountToken: false,
            securityContext: {
              seccompProfile: { type: "RuntimeDefault" },
              runAsNonRoot: true,
              runAsUser: 2000,
              runAsGroup: 0,
              fsGroup: 2000,
            },
            tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
            containers: [
              {
                name: "vllm",
                image: "docker.io/vllm/vllm-openai:v0.33.0",
                command: ["vllm", "serve"],
                args: [
                  "Qwen/Qwen3-1.7B",
                  "--served-model-name",
                  "m",
                  "--port",
                  "8000",
                  "--max-model-len",
                  "auto",
                  "--shutdown-timeout",
                  "300",
                  "--enable-prompt-tokens-details",
                ],
                env: [
                  { name: "HOME", value: "/cache" },
                  { name: "HF_HOME", value: "/cache/huggingface" },
                  { name: "VLLM_CACHE_ROOT", value: "/cache/vllm" },
                  { name: "VLLM_ENGINE_READY_TIMEOUT_S", value: "1800" },
                ],
                ports: [{ name: "http", containerPort: 8000, protocol: "TCP" }],
                resources: {
                  requests: {
                    cpu: "4",
                    memory: "16Gi",
                    "nvidia.com/gpu": "1",
                    "ephemeral-storage": "100Gi",
                  },
                  limits: { memory: "16Gi", "nvidia.com/gpu": "1" },
                },
                startupProbe: {
                  httpGet: { path: "/health", port: "http" },
                  periodSeconds: 10,
                  timeoutSeconds: 5,
                  failureThreshold: 180,
                },
                readinessProbe: {
                  httpGet: { path: "/health", port: "http" },
                  periodSeconds: 10,
                  timeoutSeconds: 5,
                  failureThreshold: 2,
                },
                livenessProbe: {
                  httpGet: { path: "/health", port: "http" },
                  periodSeconds: 10,
                  timeoutSeconds: 5,
                  failureThreshold: 12,
                },
                lifecycle: { preStop: { sleep: { seconds: 15 } } },
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                volumeMounts: [
                  { name: "cache", mountPath: "/cache" },
                  { name: "shm", mountPath: "/dev/shm" },
                ],
              },
            ],
            volumes: [
              { name: "cache", emptyDir: { sizeLimit: "100Gi" } },
              { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "2Gi" } },
            ],
          },
        },
      },
    });
    expect(specOf(objects, "Service", "m")).toEqual({
      selector,
      ports: [{ name: "http", port: 8000, targetPort: "http", protocol: "TCP" }],
    });
    expect(objectOf(objects, "Service", "m").metadata.annotations).toMatchObject({
      "pulumi.com/skipAwait": "true",
    });
  });

  it("has time to roll its pods one after another", () => {
    const annotations = (replicas: number) =>
      objectOf(rendered({ source: "a/b", replicas }), "Deployment", "m").metadata.annotations;
    expect(annotations(0)).toMatchObject({ "pulumi.com/timeoutSeconds": "2400" });
    expect(annotations(3)).toMatchObject({ "pulumi.com/timeoutSeconds": "7200" });
  });

  it("runs as root where it is told to", () => {
    expect(deployment({ source: "a/b", runAsRoot: true }).template.spec.securityContext).toEqual({
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(
      deployment({ source: "a/b", runAsRoot: false, accelerator: "amd" }).template.spec.securityContext,
    ).toMatchObject({
      runAsUser: 2000,
    });
  });

  it("with every option, on AMD", () => {
    const vllm: VllmArgs = {
      source: "openai/gpt-oss-120b",
      revision: "abc",
      pool: "big",
      accelerator: "amd",
      gpus: 8,
      replicas: 3,
      maxModelLen: 16_384,
      hfTokenSecretName: "hf",
      cache: { size: "500Gi", storageClassName: "efs", accessMode: "ReadWriteMany" },
      resources: { cpu: "64", memory: "512Gi" },
      startupSeconds: 3_601,
      shutdownSeconds: 600,
      extraArgs: ["--enable-auto-tool-choice", "--tool-call-parser", "openai"],
    };
    const { replicas, template, progressDeadlineSeconds } = deployment(vllm);
    expect([replicas, progressDeadlineSeconds]).toEqual([3, 4_201]);
    expect(template.spec.securityContext).toEqual({ seccompProfile: { type: "Unconfined" } });
    expect(template.spec).toMatchObject({
      nodeSelector: { "ai-gateway/pool": "big" },
      tolerations: [{ key: "amd.com/gpu", operator: "Exists", effect: "NoSchedule" }],
      volumes: [
        { name: "cache", persistentVolumeClaim: { claimName: "m" } },
        { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "8Gi" } },
      ],
    });
    const made = container(vllm);
    expect(made).toMatchObject({
      image: "docker.io/vllm/vllm-openai-rocm:v0.33.0",
      resources: {
        requests: { cpu: "64", memory: "512Gi", "amd.com/gpu": "8" },
        limits: { memory: "512Gi", "amd.com/gpu": "8" },
      },
      startupProbe: { failureThreshold: 361 },
    });
    expect(made.args.join(" ")).toBe(
      "openai/gpt-oss-120b --revision abc --served-model-name m --port 8000 --max-model-len 16384 " +
        "--tensor-parallel-size 8 --shutdown-timeout 600 --enable-prompt-tokens-details " +
        "--enable-auto-tool-choice --tool-call-parser openai",
    );
    expect(made.env).toContainEqual({
      name: "HF_TOKEN",
      valueFrom: { secretKeyRef: { name: "hf", key: "token" } },
    });
    expect(specOf(rendered(vllm), "PersistentVolumeClaim", "m")).toEqual({
      accessModes: ["ReadWriteMany"],
      storageClassName: "efs",
      resources: { requests: { storage: "500Gi" } },
    });
  });

  it.each([0, 1, 300, 3_600])(
    "gets longer to stop than its %i s of shutdown and the wait before it",
    (shutdownSeconds) => {
      const { terminationGracePeriodSeconds, containers } = deployment({ source: "a/b", shutdownSeconds })
        .template.spec;
      const { seconds } = containers[0].lifecycle.preStop.sleep;
      expect(terminationGracePeriodSeconds).toBeGreaterThan(seconds + shutdownSeconds);
    },
  );

  it.each([60, 61, 1_800, 7_200])("may take %i s to start, and no less", (startupSeconds) => {
    const { failureThreshold, periodSeconds } = container({ source: "a/b", startupSeconds }).startupProbe;
    expect(failureThreshold * periodSeconds).toBeGreaterThanOrEqual(startupSeconds);
  });

  it("has its token in a Secret of its own", () => {
    const objects = rendered({ source: "a/b", hfToken: secret("hf") });
    expect(Object.keys(objectOf(objects, "Secret", "m")["stringData"] as object)).toEqual(["token"]);
  });

  it("of one replica keeps its cache on a disk that one node mounts", () => {
    const objects = rendered({ source: "a/b", cache: { storageClassName: "gp3" } });
    expect(specOf(objects, "PersistentVolumeClaim", "m").accessModes).toEqual(["ReadWriteOnce"]);
  });

  it("serves the name that the gateway asks for", () => {
    const objects = objectsOf({ models: { m: { vllm: { source: "a/b" }, upstreamName: "other" } } });
    const { args } = specOf(objects, "Deployment", "m").template.spec.containers[0];
    expect(args[args.indexOf("--served-model-name") + 1]).toBe("other");
    expect(specOf(objects, "AIGatewayRoute", "m").rules[0].backendRefs[0].modelNameOverride).toBe("other");
  });
});

describe("the Service of a model", () => {
  // A Service needs a letter first, and VLLM_PORT would come from one called "vllm".
  it.each(["7b", "vllm", "qwen3", "vllm-model", "Qwen/Qwen3"])(
    "of %s has a name that Kubernetes takes",
    (name) => {
      const objects = rendered({ source: "a/b" }, name);
      const service =
        objects.find(({ manifest }) => manifest.kind === "Service")?.manifest.metadata.name ?? "";
      expect(service).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
      expect(service).not.toBe("vllm");
      const backend = objects.find(({ manifest }) => manifest.kind === "Backend")?.manifest["spec"];
      expect(backend).toEqual({
        endpoints: [{ fqdn: { hostname: `${service}.ai-gateway.svc.cluster.local`, port: 8000 } }],
      });
    },
  );

  it("is never that of another model", () => {
    const names = ["vllm", "vllm-model", "service-vllm", "7b", "service-7b", "m7b"];
    const models = Object.fromEntries(names.map((name) => [name, { vllm: { source: "a/b" } }]));
    const services = objectsOf({ models }).filter(({ manifest }) => manifest.kind === "Service");
    expect(new Set(services.map(({ manifest }) => manifest.metadata.name)).size).toBe(names.length);
  });
});
