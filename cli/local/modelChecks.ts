import { randomUUID } from "node:crypto";
import type { ResolvedModelGateway, ResolvedRoute } from "../../components/models/resolved";
import { type ClientEndpoint, endpointPaths } from "../../components/models/schemas";
import type { AccessLogEntry } from "./accessLog";
import type { LocalGateway } from "./startLocal";

/** How one model answered one request. */
export interface ModelCheck {
  readonly model: string;
  readonly endpoint: string;
  /** HTTP status; 0 when there was no answer at all. */
  readonly status: number;
  readonly latencyMs: number;
  /** The gateway's own account of the request. */
  readonly log: AccessLogEntry | undefined;
  /** What is wrong, in a few words; undefined when all is well. */
  readonly problem: string | undefined;
}

interface Probe {
  /** Besides the content type. */
  readonly headers?: Readonly<Record<string, string>>;
  body(model: string): object;
}

const question = "Say hello.";
const userMessage = [{ role: "user", content: question }];

/** A small request for each API; answers are short, since a real provider may charge for them. */
const probes: Readonly<Partial<Record<ClientEndpoint, Probe>>> = {
  chat: {
    body: (model) => ({ model, messages: userMessage, max_tokens: 16 }),
  },
  messages: {
    // Anthropic refuses requests that do not say which version they speak.
    headers: { "anthropic-version": "2023-06-01" },
    body: (model) => ({ model, messages: userMessage, max_tokens: 16 }),
  },
  completions: {
    body: (model) => ({ model, prompt: question, max_tokens: 16 }),
  },
  embeddings: { body: (model) => ({ model, input: question }) },
  responses: {
    body: (model) => ({ model, input: question, max_output_tokens: 16 }),
  },
  images: { body: (model) => ({ model, prompt: question }) },
  rerank: {
    body: (model) => ({ model, query: question, documents: ["hello", "goodbye"] }),
  },
};

const newOpenAIChat: Probe = {
  // OpenAI's reasoning models refuse max_tokens, which others know alone.
  body: (model) => ({ model, messages: userMessage, max_completion_tokens: 16 }),
};

/** The request that shows whether a public model answers; `undefined` when its targets share no API. */
export function probeOf(
  route: ResolvedRoute,
  { models }: Pick<ResolvedModelGateway, "models">,
): { readonly endpoint: ClientEndpoint; readonly path: string; readonly probe: Probe } | undefined {
  const endpoint = route.endpoints.find((name) => probes[name] !== undefined);
  const probe = endpoint === undefined ? undefined : probes[endpoint];
  if (endpoint === undefined || probe === undefined) {
    return undefined;
  }
  const first = models.find(({ key }) => key === route.targets[0]?.model);
  const isOpenAI = first?.provider === "openai" || first?.provider === "azureOpenAI";
  const [path] = endpointPaths[endpoint];
  return { endpoint, path, probe: endpoint === "chat" && isOpenAI ? newOpenAIChat : probe };
}

/** Requests under way at a time. */
const atOnce = 8;
const timeoutMs = 60_000;

/** Sends one request to every public model; the order is that of the declaration. */
export async function checkModels(gateway: LocalGateway): Promise<ModelCheck[]> {
  const checks: ModelCheck[] = [];
  const waiting = [...gateway.resolved.routes.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, route] = next;
      checks[index] = await checkModel(gateway, route);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return checks;
}

async function checkModel(gateway: LocalGateway, route: ResolvedRoute): Promise<ModelCheck> {
  const found = probeOf(route, gateway.resolved);
  const model = route.key;
  if (found === undefined) {
    const problem = "no API that every target speaks";
    return { model, endpoint: "none", status: 0, latencyMs: 0, log: undefined, problem };
  }
  const { endpoint } = found;
  const requestId = randomUUID();
  const started = performance.now();
  const { status, error } = await send(gateway, route, found, requestId);
  const latencyMs = performance.now() - started;
  const log = status === 0 ? undefined : await gateway.accessLog.waitFor(requestId);
  const problem = error ?? problemOf(gateway, status, log, requestId);
  return { model, endpoint, status, latencyMs, log, problem };
}

async function send(
  gateway: LocalGateway,
  route: ResolvedRoute,
  { path, probe }: { readonly path: string; readonly probe: Probe },
  requestId: string,
) {
  try {
    const response = await fetch(`${gateway.baseUrl}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-request-id": requestId,
        ...gateway.caller.headers,
        ...probe.headers,
      },
      body: JSON.stringify(probe.body(route.key)),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { status } = response;
    const text = await response.text();
    return { status, error: isSuccess(status) ? undefined : shortened(text) || `status ${status}` };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { status: 0, error: cause instanceof Error ? cause.message : String(cause) };
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

/** An answer alone proves little: the gateway must name the backend, and the engine must have been asked. */
function problemOf(
  gateway: LocalGateway,
  status: number,
  log: AccessLogEntry | undefined,
  requestId: string,
): string | undefined {
  if (!isSuccess(status)) {
    return `status ${status}`;
  }
  if (log?.backend === undefined) {
    return "the gateway's access log names no backend";
  }
  const model = gateway.resolved.models.find(({ objectName }) => objectName === log.backend);
  if (model === undefined) {
    return `the gateway answered from ${log.backend}, which is no model`;
  }
  const engine = gateway.engines.get(model.key);
  if (engine !== undefined && engine.findRequest(requestId) === undefined) {
    return `the simulated engine of ${model.key} saw no request`;
  }
  return undefined;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 160 ? `${line.slice(0, 160)}...` : line;
}
