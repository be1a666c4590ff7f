import { describe, expect, it } from "vitest";
import { Observability } from "../../components/observability/observability";
import { DeclarationError } from "../../components/shared/problems";
import { recordResources, resolved } from "../support/recordResources";

// What this file does not prove: that Grafana and Prometheus take what is in the objects (see test/schema).

describe("Observability", () => {
  it("makes a ConfigMap and a PrometheusRule, and nothing else", async () => {
    let made: Observability | undefined;
    const args = { namespace: "monitoring", alerts: { labels: { release: "prometheus" } } };
    const all = await recordResources(() => {
      made = new Observability("prod", args);
      return made;
    });
    expect(all.map(({ type, name, parent }) => `${type} ${name} in ${parent.trim()}`).sort()).toEqual([
      "ai-gateway:index:Observability prod in ",
      "kubernetes:core/v1:ConfigMap prod-dashboard in Observability prod",
      "kubernetes:monitoring.coreos.com/v1:PrometheusRule prod-alerts in Observability prod",
    ]);
    const [config, rule] = ["ConfigMap", "PrometheusRule"].map((kind) =>
      all.find((one) => one.kind === kind),
    );
    const labels = { "app.kubernetes.io/managed-by": "pulumi-ai-gateway" };
    expect(config?.inputs.metadata).toEqual({
      ...{ name: "prod-observability", namespace: "monitoring" },
      labels: { ...labels, grafana_dashboard: "1" },
    });
    expect(Object.keys(config?.inputs.data)).toEqual(["prod-observability.json"]);
    expect(rule?.inputs.metadata).toEqual({
      ...{ name: "prod-observability", namespace: "monitoring" },
      labels: { ...labels, release: "prometheus" },
    });
    expect(rule?.inputs.spec.groups).toMatchObject([{ name: "ai-gateway-budgets" }]);
    expect(await resolved((made as Observability).objectName)).toBe("prod-observability");
  });

  it("refuses a wrong declaration before it makes anything", () => {
    expect(() => new Observability("prod", { namespace: "" })).toThrow(DeclarationError);
  });
});
