import type { Panel, PanelKind, PanelRow } from "./panels";

/** Grafana's grid has 24 columns. */
const columns = 24;
const panelWidth = 8;
const panelHeight = 8;

/** Grafana fills in what the reader chooses at the top of the dashboard. */
const datasource = { type: "prometheus", uid: "$datasource" };

/**
 * A dashboard as Grafana imports it (schema 39, Grafana 10.4 and later). `uid` names it for good: links stay, and a new
 * version replaces the one before.
 */
export function dashboardOf(title: string, uid: string, rows: readonly PanelRow[]): object {
  let nextId = 1;
  let y = 0;
  const panels: object[] = [];
  for (const row of rows) {
    panels.push({
      ...{ id: nextId, type: "row", title: row.title, collapsed: false, panels: [] },
      gridPos: { x: 0, y, w: columns, h: 1 },
    });
    nextId += 1;
    y += 1;
    row.panels.forEach((panel, index) => {
      const x = (index * panelWidth) % columns;
      const line = Math.floor((index * panelWidth) / columns);
      const gridPos = { x, y: y + line * panelHeight, w: panelWidth, h: panelHeight };
      panels.push({ id: nextId, gridPos, ...panelModel(panel) });
      nextId += 1;
    });
    y += Math.ceil((row.panels.length * panelWidth) / columns) * panelHeight;
  }
  return {
    uid,
    title,
    tags: ["ai-gateway"],
    schemaVersion: 39,
    editable: true,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [{ name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus" }],
    },
    panels,
  };
}

function panelModel({ title, description, kind, unit, targets }: Panel): object {
  return {
    type: kind,
    title,
    ...(description === undefined ? {} : { description }),
    datasource,
    fieldConfig: { defaults: { unit, ...limitsOf(kind, unit) }, overrides: [] },
    options: optionsOf(kind),
    targets: targets.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource,
      expr,
      legendFormat: legend,
      // Bars and single figures show the present alone.
      ...(kind === "timeseries" ? { range: true } : { instant: true, range: false }),
    })),
  };
}

/** A share is drawn from 0 to 1, and shows from where on somebody should look. */
function limitsOf(kind: PanelKind, unit: string): object {
  const thresholds = (values: readonly (readonly [string, number | null])[]) => ({
    thresholds: { mode: "absolute", steps: values.map(([color, value]) => ({ color, value })) },
  });
  if (kind === "bargauge" && unit === "percentunit") {
    return {
      min: 0,
      max: 1,
      ...thresholds([
        ["blue", null],
        ["orange", 0.8],
        ["red", 1],
      ]),
    };
  }
  return kind === "stat"
    ? thresholds([
        ["green", null],
        ["red", 0.01],
      ])
    : { min: 0 };
}

function optionsOf(kind: PanelKind): object {
  const reduceOptions = { calcs: ["lastNotNull"], fields: "", values: false };
  switch (kind) {
    case "bargauge":
      return { reduceOptions, orientation: "horizontal", displayMode: "basic", showUnfilled: true };
    case "stat":
      return { reduceOptions, colorMode: "value", graphMode: "area", textMode: "auto" };
    default:
      return {
        legend: { displayMode: "list", placement: "bottom", showLegend: true },
        tooltip: { mode: "multi", sort: "desc" },
      };
  }
}
