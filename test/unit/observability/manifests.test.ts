import { describe, expect, it } from "vitest";
import type { ObservabilityArgs } from "../../../components/observability/observabilityArgs";
import { observabilityManifests } from "../../../components/observability/observabilityManifests";
import { resolveObservability } from "../../../components/observability/resolveObservability";

interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: GridPos;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

function render(args: Partial<ObservabilityArgs> = {}, name = "prod") {
  return observabilityManifests(resolveObservability(name, { namespace: "monitoring", ...args }));
}

function dashboard(args: Partial<ObservabilityArgs> = {}, name = "prod") {
  const config = render(args, name).find(({ manifest }) => manifest.kind === "ConfigMap")?.manifest;
  const [[file, text] = ["", ""]] = Object.entries(config?.["data"] as Record<string, string>);
  const model = JSON.parse(text) as { uid: string; title: string; panels: readonly DashboardPanel[] };
  return { config, file, text, model };
}

describe("the objects", () => {
  it("are a ConfigMap for Grafana's sidecar and a PrometheusRule", () => {
    expect(
      render().map(({ key, manifest: { apiVersion, kind, metadata } }) => ({
        key,
        apiVersion,
        kind,
        metadata,
      })),
    ).toEqual([
      {
        ...{ key: "dashboard", apiVersion: "v1", kind: "ConfigMap" },
        metadata: {
          ...{ name: "prod-observability", namespace: "monitoring" },
          labels: { "app.kubernetes.io/managed-by": "pulumi-ai-gateway", grafana_dashboard: "1" },
        },
      },
      {
        ...{ key: "alerts", apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule" },
        metadata: {
          ...{ name: "prod-observability", namespace: "monitoring" },
          labels: { "app.kubernetes.io/managed-by": "pulumi-ai-gateway" },
        },
      },
    ]);
  });

  it("are only those that are wanted", () => {
    expect(render({ alerts: { enabled: false } }).map(({ key }) => key)).toEqual(["dashboard"]);
    expect(render({ dashboard: { enabled: false } }).map(({ key }) => key)).toEqual(["alerts"]);
  });

  it("name a folder only where one is declared", () => {
    const folder = (args: Partial<ObservabilityArgs>) => dashboard(args).config?.metadata.annotations;
    expect(folder({})).toBeUndefined();
    expect(folder({ dashboard: { folder: "AI" } })).toEqual({ grafana_folder: "AI" });
  });
});

describe("the dashboard", () => {
  it("has a row for the gateway, models, budgets, teams and the processor", () => {
    const { panels } = dashboard().model;
    expect(panels.filter(({ type }) => type === "row").map(({ title }) => title)).toEqual([
      "Gateway",
      "Models",
      "Budgets",
      "Teams",
      "Budget processor",
    ]);
  });

  it("has panels that neither overlap nor leave the grid, each with an id of its own", () => {
    const { panels } = dashboard().model;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const [at, { gridPos: one }] of panels.entries()) {
      expect(one.x + one.w).toBeLessThanOrEqual(24);
      for (const { gridPos: other } of panels.slice(at + 1)) {
        const apart =
          one.x + one.w <= other.x ||
          other.x + other.w <= one.x ||
          one.y + one.h <= other.y ||
          other.y + other.h <= one.y;
        expect(apart).toBe(true);
      }
    }
  });

  it("asks the Prometheus that its reader chooses, everywhere", () => {
    for (const { type, datasource, targets } of dashboard().model.panels) {
      if (type !== "row") {
        expect(datasource).toEqual({ type: "prometheus", uid: "$datasource" });
        expect(new Set(targets?.map(({ refId }) => refId)).size).toBe(targets?.length);
      }
    }
  });

  it("keeps its name in Grafana, which no other one has", () => {
    const { uid } = dashboard().model;
    expect(uid).toMatch(/^[0-9a-f]{32}$/);
    expect(dashboard({ dashboard: { title: "Other" } }).model.uid).toBe(uid);
    expect(dashboard({}, "dev").model.uid).not.toBe(uid);
    expect(dashboard({ namespace: "elsewhere" }).model.uid).not.toBe(uid);
  });

  it("is the same text each time, in a file of its own name, far below what a ConfigMap takes", () => {
    const { file, text } = dashboard();
    expect(file).toBe("prod-observability.json");
    expect(dashboard().text).toBe(text);
    expect(text.length).toBeLessThan(200_000);
  });
});
