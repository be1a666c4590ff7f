import type { ModelPolicy } from "../policy/policy";
import { instantText } from "./amounts";
import { type Answer, Dialect } from "./dialect";

/** Where lists of models are asked for, and in whose words they are told. */
const lists: ReadonlyMap<string, Dialect> = new Map([
  ["/v1/models", Dialect.OpenAi],
  ["/anthropic/v1/models", Dialect.Anthropic],
]);

/** In whose words a path asks for the list of models; `undefined` when it asks for something else. */
export function modelListDialect(path: string): Dialect | undefined {
  const query = path.indexOf("?");
  return lists.get(query === -1 ? path : path.slice(0, query));
}

/** Whether a model answers on a host, given as `:authority`. */
export function answersOn({ listed }: ModelPolicy, authority: string): boolean {
  // An IPv6 address stands in brackets.
  const host = authority.replace(/:\d+$/, "").toLowerCase();
  return listed.hostnames?.some((name) => isHost(name, host)) ?? true;
}

/** A wildcard stands for one label, as in Gateway API. */
function isHost(name: string, host: string): boolean {
  const dot = host.indexOf(".");
  return name.startsWith("*.") ? dot > 0 && host.slice(dot) === name.slice(1) : name === host;
}

/** The models that a caller may use, as the API that was called tells of them. */
export function modelList(dialect: Dialect, models: readonly ModelPolicy[]): Answer {
  const body = JSON.stringify(dialect === Dialect.Anthropic ? anthropicList(models) : openAiList(models));
  return {
    status: 200,
    headers: [
      ["content-type", "application/json"],
      ["content-length", String(Buffer.byteLength(body))],
    ],
    body,
  };
}

function openAiList(models: readonly ModelPolicy[]) {
  return {
    object: "list",
    data: models.map(({ name, listed: { createdMs, ownedBy } }) => ({
      id: name,
      object: "model",
      created: Math.floor(createdMs / 1000),
      owned_by: ownedBy,
    })),
  };
}

function anthropicList(models: readonly ModelPolicy[]) {
  return {
    data: models.map(({ name, listed: { createdMs } }) => ({
      type: "model",
      id: name,
      display_name: name,
      created_at: instantText(createdMs),
    })),
    has_more: false,
    first_id: models[0]?.name ?? null,
    last_id: models.at(-1)?.name ?? null,
  };
}
