import { expect, it } from "vitest";
import { bearer, type Headers } from "./support/apiCalls";
import { helloWorld, useGateway } from "./support/gateway";
import { rawRequest, rawStatus } from "./support/rawHttp";
import { jwt, tokenOf } from "./support/tokens";

const model = { vllm: { source: "Qwen/Qwen3-1.7B" } };
const gateway = useGateway({
  models: { open: model, closed: model },
  access: {
    jwt,
    apiKeys: { guest: { generated: true, team: "guests" }, admin: { generated: true, team: "admins" } },
    rules: { all: { models: ["open"] }, admins: { teams: ["admins"] } },
  },
});
const asked = () => ["open", "closed"].map((name) => gateway.engine(name).requestCount);

/** Status for nobody, for a guest and for an administrator. */
type Statuses = readonly [nobody: number, guest: number, admin: number];
const callers: readonly Headers[] = [
  {},
  { "x-api-key": "local-guest" },
  bearer(tokenOf({ teams: ["sales", "admins"] })),
];
const linesOf = (headers: Headers) =>
  Object.entries({ "content-type": "application/json", ...headers }).map((pair) => pair.join(": "));
const served: Statuses = [401, 403, 200];
const nothing: Statuses = [401, 404, 404];

/** Envoy writes some paths anew before anybody looks at them; the processor sees what AI Gateway will see. */
it.each<[string, Statuses]>([
  ["/v1/chat/completions", served],
  ["//v1/chat/completions", served],
  ["/v1//chat/completions", served],
  ["/v1/./chat/completions", served],
  ["/nowhere/../v1/chat/completions", served],
  ["/v1\\chat\\completions", served],
  ["/v1/chat/%63ompletions", served],
  ["/v1/chat/completions?model=open", served],
  ["http://elsewhere.example.com/v1/chat/completions", served],
  ["/v1/chat/completions/", nothing],
  ["/v1/chat/completions;a=b", nothing],
  ["/v1/chat/completions%3fa=b", nothing],
  ["/v1/chat/completions%20", nothing],
  ["/V1/CHAT/COMPLETIONS", nothing],
  ["/v1/messages", nothing],
  ["/tokenize", nothing],
  // Slashes in other writing are sent back to be written plainly; what cannot be a path is refused.
  ["/v1/chat%2fcompletions", [307, 307, 307]],
  ["/v1/chat/completions#a", [400, 400, 400]],
  ["/v1/chat/completions%00", [400, 400, 400]],
])("by the path %s nobody gets to a model that rules forbid", async (path, statuses) => {
  for (const [index, headers] of callers.entries()) {
    const before = asked();
    const body = JSON.stringify({ model: "closed", messages: helloWorld, max_tokens: 5 });
    const status = await rawStatus(gateway.local.baseUrl, rawRequest(linesOf(headers), body, path));
    expect(status, JSON.stringify(headers)).toBe(statuses[index]);
    const [open = 0, closed = 0] = before;
    expect(asked()).toEqual([open, closed + (status === 200 ? 1 : 0)]);
  }
});

it.each(["GET", "PUT", "DELETE", "OPTIONS", "TRACE"])("nor by the method %s", async (method) => {
  const before = asked();
  for (const [headers, status] of [
    [callers[0], 401],
    [callers[1], 403],
  ] as const) {
    const body = JSON.stringify({ model: "closed", messages: helloWorld });
    const request = rawRequest(linesOf(headers ?? {}), body, "/v1/chat/completions", method);
    expect(await rawStatus(gateway.local.baseUrl, request)).toBe(status);
  }
  expect(asked()).toEqual(before);
});

it.each([
  ["twice", '{"model":"open","model":"closed","messages":[]}'],
  ["twice, in other letters", '{"model":"open","Model":"closed","messages":[]}'],
  ["twice, once with an escape", '{"model":"open","mod\\u0065l":"closed","messages":[]}'],
  ["again behind the end", '{"model":"open","messages":[]}{"model":"closed"}'],
  ["in a list", '[{"model":"closed","messages":[]}]'],
  ["behind a byte order mark", '\ufeff{"model":"closed","messages":[]}'],
])("nor by naming the model %s", async (_, body) => {
  const before = asked();
  const lines = ["content-type: application/json", "x-api-key: local-guest"];
  expect(await rawStatus(gateway.local.baseUrl, rawRequest(lines, body))).toBe(400);
  expect(asked()).toEqual(before);
});
