import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalGateway, startLocal } from "../../cli/local/startLocal";
import { alertRules } from "../../components/observability/alertRules";
import { panelRows } from "../../components/observability/panels";
import { resolveObservability } from "../../components/observability/resolveObservability";
import { seriesOf } from "../../components/observability/seriesOf";
import { observedSeries } from "../support/observedSeries";
import { labelsOf, promQl } from "../support/promQl";
import { gatewayScrapes } from "./support/gatewayMetrics";

const price = { usdPerMillionInputTokens: 1, usdPerMillionOutputTokens: 2 };
const url = "https://llm.example.com/v1";

let gateway: LocalGateway;
beforeAll(async () => {
  gateway = await startLocal({
    name: "observed",
    port: 0,
    declaration: {
      models: { steady: { openAICompatible: { url }, price }, broken: { openAICompatible: { url }, price } },
      access: { apiKeys: { batch: { generated: true, team: "search" } } },
      budgets: {
        day: { limit: { tokens: 1_000_000 }, period: "day" },
        money: { limit: { usd: 1 }, period: "day", models: ["steady"] },
      },
    },
    // Tokens come one after the other: else nobody knows the time for one.
    behaviours: { steady: { tokensPerSecond: 100 }, broken: { failStatus: 500 } },
  });
});
afterAll(() => gateway?.stop());

async function ask(model: string, more: object = {}, caller = gateway.caller.headers): Promise<number> {
  const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...caller },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "hello" }], ...more }),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Labels of everything that the processor, AI Gateway and Envoy emit. */
async function emitted(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { aiGateway, envoy } = await gatewayScrapes(gateway.pid);
  const own = await (await fetch(gateway.processor?.metricsUrl ?? "")).text();
  return new Map([...labelsOf(own), ...labelsOf(aiGateway), ...labelsOf(envoy)]);
}

describe("what the gateway, Envoy and the processor emit", () => {
  it("is what the dashboard and the alerts ask for, by its own labels", async () => {
    const stream = { stream: true, stream_options: { include_usage: true } };
    expect(await ask("steady")).toBe(200);
    expect(await ask("steady", stream)).toBe(200);
    expect(await ask("steady", {}, { "x-api-key": "sk-wrong" })).toBe(401);
    expect([await ask("broken"), await ask("broken"), await ask("broken")]).toEqual([500, 500, 500]);
    const selectorsOf = await promQl();
    const { alerts } = resolveObservability("observed", { namespace: "monitoring" });
    const series = seriesOf({ processor: {}, aiGateway: {}, envoy: {} });
    const queries = [
      ...panelRows(series).flatMap(({ panels }) =>
        panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ),
      ...(alerts === undefined ? [] : alertRules(alerts, series).map(({ expr }) => expr)),
    ];
    const selectors = queries.flatMap((query) => selectorsOf(query));
    // What has not happened here has no series yet; which labels it has the tests of the processor know.
    const isRare = (metric: string) =>
      /^budget_(overshoot|overflow|price_unknown|failures|store_errors|cost_corrected|team_cost_corrected)_/.test(
        metric,
      );
    // Envoy writes its log, and reads its counters, once in a while.
    await expect
      .poll(
        async () => {
          const all = await emitted();
          const missing = selectors.flatMap(({ metric, labels }) => {
            const known = all.get(metric);
            return known === undefined
              ? isRare(metric)
                ? []
                : [metric]
              : labels.filter((label) => !known.has(label)).map((label) => `${metric}: ${label}`);
          });
          return [...new Set(missing)].filter((one) => !isRare(one));
        },
        { timeout: 30_000, interval: 500 },
      )
      .toEqual([]);
  });

  it("is what was written down of AI Gateway and Envoy", async () => {
    const all = await emitted();
    expect(Object.keys(observedSeries).length).toBeGreaterThan(5);
    for (const [metric, labels] of Object.entries(observedSeries)) {
      expect([...(all.get(metric) ?? [])], metric).toEqual(expect.arrayContaining([...labels]));
    }
  });

  it("is of listeners that are called as the queries expect, and of none of Envoy's own", async () => {
    const { envoy } = await gatewayScrapes(gateway.pid);
    const prefixes = [
      ...envoy.matchAll(/^envoy_http_downstream_rq_active\{envoy_http_conn_manager_prefix="([^"]*)"\}/gm),
    ];
    const matched = prefixes
      .map(([, prefix = ""]) => prefix)
      .filter((prefix) => /^(?:https?-.*)$/.test(prefix));
    expect(matched).toEqual([expect.stringMatching(/^http-\d+$/)]);
    expect(prefixes.length).toBeGreaterThan(1);
  });
});
