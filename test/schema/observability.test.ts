import { beforeEach, describe, it } from "vitest";
import { observabilityManifests } from "../../components/observability/observabilityManifests";
import { resolveObservability } from "../../components/observability/resolveObservability";
import { findOtherCrds } from "./otherCrds";
import { skipWithReason } from "./skipWithReason";
import { expectAllValid, missingCrds } from "./validateObjects";

describe("dashboard and alerts", () => {
  const others = findOtherCrds();
  const files = others.files ?? [];

  beforeEach((context) => {
    const missing = missingCrds("1.1") ?? others.missing;
    if (missing !== undefined) {
      skipWithReason(context, missing);
    }
  });

  it("are objects that Kubernetes and the Prometheus operator take", () => {
    const plan = resolveObservability("prod", {
      namespace: "monitoring",
      dashboard: { folder: "AI" },
      alerts: { labels: { release: "prometheus" }, alertLabels: { team: "platform" } },
      series: { processor: { namespace: "envoy-gateway-system" } },
    });
    expectAllValid(
      "1.1",
      observabilityManifests(plan).map(({ manifest }) => manifest),
      files,
    );
  });
});
