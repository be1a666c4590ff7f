import type { ResolvedModelGateway, ResolvedRoute } from "../../components/models/resolved";
import { type ModelCheck, probes } from "./modelChecks";
import { type Column, tableLines } from "./table";

const columns: readonly Column[] = [
  { title: "MODEL" },
  { title: "API" },
  { title: "BACKEND" },
  { title: "STATUS", align: "right" },
  { title: "TOKENS IN", align: "right" },
  { title: "OUT", align: "right" },
  { title: "LATENCY", align: "right" },
];

/** The table of all models, and below it what went wrong. */
export function checkLines(checks: readonly ModelCheck[]): string[] {
  const rows = checks.map(({ model, endpoint, status, latencyMs, log }) => [
    model,
    endpoint,
    log?.backend ?? "-",
    status === 0 ? "-" : String(status),
    String(log?.inputTokens ?? "-"),
    String(log?.outputTokens ?? "-"),
    status === 0 ? "-" : `${Math.round(latencyMs)} ms`,
  ]);
  const failed = checks.flatMap(({ model, problem }) =>
    problem === undefined ? [] : [`${model}: ${problem}`],
  );
  return [...tableLines(columns, rows), ...(failed.length > 0 ? ["", ...failed] : [])];
}

/** Three commands to try: the models, an answer, a stream. */
export function curlLines(baseUrl: string, { routes }: ResolvedModelGateway): string[] {
  const chat = routes.find(({ endpoints }) => endpoints.includes("chat"));
  const messages = routes.find(({ endpoints }) => endpoints[0] === "messages");
  const first = chat ?? messages ?? routes[0];
  const lines = [`curl -s ${baseUrl}/v1/models`];
  if (first !== undefined) {
    lines.push(curl(baseUrl, first, {}));
  }
  const second = messages ?? chat;
  if (second !== undefined) {
    lines.push(curl(baseUrl, second, { stream: true }));
  }
  return lines;
}

function curl(baseUrl: string, route: ResolvedRoute, extra: object): string {
  const endpoint = route.endpoints.find((name) => probes[name] !== undefined);
  const probe = endpoint === undefined ? undefined : probes[endpoint];
  const body = JSON.stringify({ ...probe?.body(route.key), ...extra }).replaceAll("'", "'\\''");
  const flags = "stream" in extra ? "-sN" : "-s";
  return `curl ${flags} ${baseUrl}${probe?.path ?? "/v1/models"} -H 'content-type: application/json' -d '${body}'`;
}
