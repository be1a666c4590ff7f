import { beforeEach, describe, expect, it } from "vitest";
import { observabilityManifests } from "../../components/observability/observabilityManifests";
import { resolveObservability } from "../../components/observability/resolveObservability";
import type { Manifest } from "../../components/shared/manifest";
import { findOtherCrds } from "./otherCrds";
import { skipWithReason } from "./skipWithReason";
import { expectAllValid, missingCrds, validateObjects } from "./validateObjects";

describe("dashboard and alerts", () => {
  const others = findOtherCrds();
  const files = others.files ?? [];

  beforeEach((context) => {
    const missing = missingCrds("1.1") ?? others.missing;
    if (missing !== undefined) {
      skipWithReason(context, missing);
    }
  });

  const plan = resolveObservability("prod", {
    namespace: "monitoring",
    dashboard: { folder: "AI" },
    alerts: { labels: { release: "prometheus" }, alertLabels: { team: "platform" } },
    series: { processor: { namespace: "envoy-gateway-system" } },
  });
  const objects = observabilityManifests(plan).map(({ manifest }) => manifest);

  it("are objects that Kubernetes and the Prometheus operator take", async () => {
    expect(await expectAllValid("1.1", objects, files)).toBe(2);
  });

  it("are refused where they are broken", async () => {
    const [, rule] = objects;
    const broken = { ...rule, spec: { groups: [{ name: "a", rules: [{ alert: "A" }] }] } } as Manifest;
    const [result] = await validateObjects("1.1", [broken], files);
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining("expr") });
  });
});
