import type { ResolvedModelGateway, ResolvedRoute } from "../../components/models/resolved";
import { type ModelCheck, probeOf } from "./modelChecks";
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
export function curlLines(baseUrl: string, resolved: ResolvedModelGateway): string[] {
  const { routes } = resolved;
  const chat = routes.find(({ endpoints }) => endpoints.includes("chat"));
  const messages = routes.find(({ endpoints }) => endpoints[0] === "messages");
  const first = chat ?? messages ?? routes[0];
  const lines = [`curl -s ${baseUrl}/v1/models`];
  if (first !== undefined) {
    lines.push(curl(baseUrl, resolved, first, {}));
  }
  const second = messages ?? chat;
  if (second !== undefined) {
    lines.push(curl(baseUrl, resolved, second, { stream: true }));
  }
  return lines;
}

function curl(baseUrl: string, resolved: ResolvedModelGateway, route: ResolvedRoute, extra: object): string {
  const { path = "/v1/models", probe } = probeOf(route, resolved) ?? {};
  const body = JSON.stringify({ ...probe?.body(route.key), ...extra }).replaceAll("'", "'\\''");
  const flags = "stream" in extra ? "-sN" : "-s";
  const headers = Object.entries({ "content-type": "application/json", ...probe?.headers });
  const options = headers.map(([name, value]) => `-H '${name}: ${value}'`).join(" ");
  return `curl ${flags} ${baseUrl}${path} ${options} -d '${body}'`;
}
