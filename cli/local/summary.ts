import { EnforcedBy } from "../../components/budgets/budgetArgs";
import type { ResolvedModelGateway, ResolvedRoute } from "../../components/models/resolved";
import { amountText } from "../../extproc/answers/amounts";
import type { LocalCaller } from "./localCaller";
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

/** What the budgets allow, in one line. */
export function budgetLine(resolved: ResolvedModelGateway): string {
  const texts = heldBudgets(resolved).map(({ name, unit, limit, period, per, models }) => {
    const every = per.length === 0 ? "" : ` for each ${per.join(" and ")}`;
    const on = models === undefined ? "" : ` on ${models.join(", ")}`;
    return `${name} ${amountText(unit, limit)}${period === undefined ? "" : ` per ${period}`}${every}${on}`;
  });
  return `Budgets: ${texts.join("; ")}`;
}

function heldBudgets({ budgets }: ResolvedModelGateway) {
  return budgets.filter(({ enforcedBy }) => enforcedBy === EnforcedBy.Processor);
}

/** Commands to try: the models, the caller's budgets, an answer, a stream; before them the token that they need, if they need one. */
export function curlLines(baseUrl: string, resolved: ResolvedModelGateway, caller: LocalCaller): string[] {
  const { routes } = resolved;
  const chat = routes.find(({ endpoints }) => endpoints.includes("chat"));
  const messages = routes.find(({ endpoints }) => endpoints[0] === "messages");
  const first = chat ?? messages ?? routes[0];
  const second = messages ?? chat;
  const login = loginOption(caller);
  const call = (route: ResolvedRoute, extra: object) => curl(baseUrl, resolved, route, login, extra);
  return [
    ...(caller.token === undefined ? [] : [`TOKEN=${caller.token}`]),
    `curl -s ${baseUrl}/v1/models${login}`,
    ...(heldBudgets(resolved).length === 0 ? [] : [`curl -s ${baseUrl}/v1/budgets${login}`]),
    ...(first === undefined ? [] : [call(first, {})]),
    ...(second === undefined ? [] : [call(second, { stream: true })]),
  ];
}

function loginOption({ headers, token }: LocalCaller): string {
  const { authorization } = headers;
  if (authorization === undefined) {
    return "";
  }
  return token === undefined ? ` -H 'authorization: ${authorization}'` : ' -H "authorization: Bearer $TOKEN"';
}

function curl(
  baseUrl: string,
  resolved: ResolvedModelGateway,
  route: ResolvedRoute,
  login: string,
  extra: object,
): string {
  const { path = "/v1/models", probe } = probeOf(route, resolved) ?? {};
  const body = JSON.stringify({ ...probe?.body(route.key), ...extra }).replaceAll("'", "'\\''");
  const flags = "stream" in extra ? "-sN" : "-s";
  const headers = Object.entries({ "content-type": "application/json", ...probe?.headers });
  const options = headers.map(([name, value]) => `-H '${name}: ${value}'`).join(" ");
  return `curl ${flags} ${baseUrl}${path} ${options}${login} -d '${body}'`;
}
