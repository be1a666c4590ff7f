import { describe, expect, it } from "vitest";
import { ReleaseSet } from "../../components/gateway/releases";
import { checkManifest } from "../../components/shared/crds/checkManifest";
import { tables } from "../../components/shared/crds/generated/tables";
import type { Manifest } from "../../components/shared/manifest";
import { broken, cases } from "./kindCases";
import { skipWithReason } from "./skipWithReason";
import { expectAllValid, missingCrds, validateObjects } from "./validateObjects";

for (const set of Object.values(ReleaseSet)) {
  const missing = missingCrds(set);
  if (missing !== undefined) {
    describe(`release set ${set}`, () => {
      it("objects are validated against the CRDs", (context) => skipWithReason(context, missing));
    });
    continue;
  }

  describe(`release set ${set}`, () => {
    it("takes the correct object of every kind of the table", async () => {
      expect(new Set(cases.map(({ kind }) => kind))).toEqual(
        new Set(Object.keys(tables.kinds[set]).map((key) => key.slice(key.lastIndexOf("/") + 1))),
      );
      expect(
        await expectAllValid(
          set,
          cases.map(({ good }) => good),
        ),
      ).toBe(cases.length);
    });

    it("refuses every broken object, and so does checkManifest where no rule is needed", async () => {
      const breaks = cases.flatMap(({ good, kind, schemaBreaks, ruleBreaks }) => {
        expect(schemaBreaks.length, kind).toBeGreaterThan(0);
        return [
          ...schemaBreaks.map((b) => ({ b, rule: false })),
          ...ruleBreaks.map((b) => ({ b, rule: true })),
        ].map(({ b, rule }) => ({ name: `${kind}: ${b.what}`, rule, manifest: broken(good, b) }));
      });
      const results = await validateObjects(
        set,
        breaks.map(({ manifest }) => manifest),
      );
      const taken = breaks.filter((_, i) => results[i]?.ok !== false).map(({ name }) => name);
      expect(taken).toEqual([]);
      const ours = breaks.map(({ name, manifest }) => ({
        name,
        refused: checkManifest(set, manifest).length > 0,
      }));
      expect(ours).toEqual(breaks.map(({ name, rule }) => ({ name, refused: !rule })));
    });

    it("validates native objects, with masked secrets, and fails on a kind without a schema", async () => {
      expect(await expectAllValid(set, nativeObjects)).toBe(nativeObjects.length);
      const [deployment, ...others] = await validateObjects(set, [
        { ...deploymentExample, spec: { replicas: "two" } },
        { apiVersion: "example.com/v1", kind: "Stranger", metadata: { name: "a" } },
        { apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "Stranger", metadata: { name: "a" } },
        { apiVersion: "v1", kind: "Stranger", metadata: { name: "a" } },
      ]);
      expect(deployment?.ok).toBe(false);
      expect(others.map(({ ok }) => ok)).toEqual([false, false, false]);
    });
  });
}

const metadata = { name: "example", namespace: "models" };
const podLabels = { app: "example" };

const deploymentExample: Manifest = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata,
  spec: {
    replicas: 1,
    selector: { matchLabels: podLabels },
    template: {
      metadata: { labels: podLabels },
      spec: { containers: [{ name: "vllm", image: "vllm/vllm-openai", ports: [{ containerPort: 8000 }] }] },
    },
  },
};

const nativeObjects: readonly Manifest[] = [
  deploymentExample,
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "models" } },
  { apiVersion: "v1", kind: "Secret", metadata, stringData: { apiKey: "[secret]" } },
  { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "b" } },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { selector: podLabels, ports: [{ name: "http", port: 8000 }] },
  },
  { apiVersion: "v1", kind: "ServiceAccount", metadata },
  {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata,
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "100Gi" } } },
  },
  {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata,
    spec: { minAvailable: 1, selector: { matchLabels: podLabels } },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata,
    spec: { podSelector: { matchLabels: podLabels }, policyTypes: ["Ingress"] },
  },
];
