import { randomBytes, randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { clientKeyHeader, tierHeader } from "../../components/budgets/identityHeaders";
import { localApiKey } from "../../components/budgets/localAccess";
import { tierName } from "../../components/budgets/overflow";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { until, useBudgetGateway } from "./support/budgetGateway";
import { helloWorld } from "./support/gateway";
import { rawRequest, rawStatus } from "./support/rawHttp";

const model = { vllm: { source: "Qwen/Qwen3-1.7B" }, maxOutputTokens: 16 };
const requests = { limit: { requests: 1_000_000 }, period: "year" } as const;

const declaration: ModelGatewayArgs = {
  access: {
    apiKeys: {
      ann: { key: pulumi.secret("a"), user: "ann" },
      bob: { key: pulumi.secret("b"), user: "bob" },
      eve: { key: pulumi.secret("e"), user: "eve" },
    },
  },
  models: { m: model, closed: model, usual: model, hidden: { ...model, public: false } },
  budgets: {
    // What reaches a model is compared with this.
    calls: { per: "key", ...requests },
    three: { users: ["eve"], ...requests, limit: { requests: 3 } },
    // No request fits.
    none: { models: ["closed"], limit: { outputTokens: 1 }, period: "year", hold: "strict" },
    over: { models: ["usual"], ...requests, atLimit: "overflow", overflowTo: "hidden" },
  },
};

const gateway = useBudgetGateway(declaration, { replicas: 2 });
const models = Object.keys(declaration.models);
const chat = "/v1/chat/completions";
const hello = { model: "m", messages: helloWorld };

const keyOf = (name: string) => ({ authorization: `Bearer ${localApiKey(name)}` });
const reached = () => models.reduce((sum, one) => sum + gateway.engine(one).requestCount, 0);
const counted = async (key: string) =>
  (await gateway.settled("calls", { attributes: { key, user: key } })).used;

const raw = (text: string | Buffer, patienceMs?: number) => rawStatus(gateway.baseUrl, text, patienceMs);

function send(body: RequestInit["body"], headers: Readonly<Record<string, string>> = {}, key = "ann") {
  return fetch(`${gateway.baseUrl}${chat}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...keyOf(key), ...headers },
    body,
    duplex: "half",
  } as RequestInit);
}

/** However it is answered: what reached a model was counted, and nothing else was. */
async function countsAll(run: () => Promise<unknown>): Promise<number> {
  const [before, countedBefore] = [reached(), await counted("ann")];
  await run();
  const more = reached() - before;
  await until(async () => (await counted("ann")) - countedBefore === more).catch(() => {});
  expect((await counted("ann")) - countedBefore).toBe(more);
  return more;
}

describe("a caller who has nothing left", () => {
  beforeAll(async () => {
    for (let i = 0; i < 3; i += 1) {
      expect((await gateway.post(chat, hello, keyOf("eve"))).status).toBe(200);
    }
  });

  it.each<[string, Record<string, string>]>([
    ["nothing", {}],
    ["another's identity", { [clientKeyHeader]: "bob" }],
    ["nobody's identity", { [clientKeyHeader]: "" }],
    ["identities under other names", { "x-user": "bob", "x-user-id": "bob", "x-client-id": "bob" }],
    ["a model for the route", { "x-ai-eg-model": "usual" }],
    ["a tier", { [tierHeader]: tierName("hidden") }],
    ["a request id", { "x-request-id": randomUUID() }],
    [
      "another request's id and trace",
      { "x-request-id": "1", traceparent: `00-${"1".repeat(32)}-${"1".repeat(16)}-01` },
    ],
    [
      "Envoy's own headers",
      { "x-envoy-internal": "true", "x-envoy-original-path": "/v1/models", "x-forwarded-for": "127.0.0.1" },
    ],
    ["metadata", { "x-envoy-dynamic-metadata": "aigw.budget", "aigw.budget": '{"id":"1"}' }],
  ])("gains nothing by sending %s", async (_, headers) => {
    const before = reached();
    const answer = await gateway.post(chat, hello, { ...headers, ...keyOf("eve") });
    expect(answer.status).toBe(429);
    expect(answer.headers.get("x-budget-name")).toBe("three");
    expect(reached()).toBe(before);
    expect(await counted("bob")).toBe(0);
  });

  it.each<[string, string[]]>([
    ["a header in capitals", [`${clientKeyHeader.toUpperCase()}: bob`]],
    ["a header twice", [`${clientKeyHeader}: bob`, `${clientKeyHeader}: ann`]],
    ["a header that is to go at the next hop", [`connection: ${clientKeyHeader}`, `${clientKeyHeader}: bob`]],
    ["a header with an underscore", [`${clientKeyHeader.replaceAll("-", "_")}: bob`]],
  ])("gains nothing by sending %s", async (_, headers) => {
    const before = reached();
    const key = `authorization: Bearer ${localApiKey("eve")}`;
    const status = await raw(
      rawRequest(["content-type: application/json", key, ...headers], JSON.stringify(hello)),
    );
    expect([400, 429]).toContain(status);
    expect(reached()).toBe(before);
    expect(await counted("bob")).toBe(0);
  });

  it("gains nothing by a key of nobody, or two keys", async () => {
    const before = reached();
    expect((await gateway.post(chat, hello, { authorization: "Bearer nobody" })).status).toBe(401);
    expect((await gateway.post(chat, hello)).status).toBe(401);
    const both = { ...keyOf("eve"), "x-api-key": "nobody" };
    expect([401, 429]).toContain((await gateway.post(chat, hello, both)).status);
    expect(reached()).toBe(before);
  });
});

describe("where a request goes", () => {
  it("is what its body says", async () => {
    const { requestCount } = gateway.engine("closed");
    const inward = await gateway.post(chat, hello, { ...keyOf("ann"), "x-ai-eg-model": "closed" });
    expect(inward.status).toBe(200);
    const outward = { ...hello, model: "closed" };
    const answer = await gateway.post(chat, outward, { ...keyOf("ann"), "x-ai-eg-model": "m" });
    expect(answer.status).toBe(429);
    expect(gateway.engine("closed").requestCount).toBe(requestCount);
  });

  it("is no matter of the tier header", async () => {
    const before = gateway.engine("usual").requestCount;
    const forged = { ...keyOf("ann"), [tierHeader]: tierName("hidden") };
    for (const body of [{ ...hello, model: "usual" }, hello]) {
      expect((await gateway.post(chat, body, forged)).status).toBe(200);
    }
    expect(gateway.engine("usual").requestCount).toBe(before + 1);
    expect(gateway.engine("hidden").requestCount).toBe(0);
  });

  it("counts every time, whatever the request's id", async () => {
    const id = { "x-request-id": randomUUID() };
    const more = await countsAll(() =>
      Promise.all([1, 2, 3].map(() => gateway.post(chat, hello, { ...keyOf("ann"), ...id }))),
    );
    expect(more).toBe(3);
  });
});

describe("bodies that could be read in two ways", () => {
  it.each([
    ["two models", '{"model":"m","model":"closed","messages":[]}'],
    ["two models, the other way round", '{"model":"closed","model":"m","messages":[]}'],
    ["a model with escapes beside", '{"model":"m","\\u006dodel":"closed","messages":[]}'],
    ["a model in capitals beside", '{"model":"m","Model":"closed","messages":[]}'],
    ["cut JSON", '{"model":"m","messages":['],
    ["two documents", '{"model":"m","messages":[]}{"model":"closed"}'],
    ["no object", '["m"]'],
    ["no model", '{"messages":[]}'],
    ["a model that is a list", '{"model":["m"],"messages":[]}'],
    ["a byte order mark", '\ufeff{"model":"m","messages":[]}'],
    ["another encoding", Buffer.from('{"model":"m","messages":[]}', "utf16le")],
  ])("%s: reach no model uncounted", async (_, body) => {
    const more = await countsAll(async () => {
      const { status } = await send(body);
      expect([200, 400, 404]).toContain(status);
    });
    expect(more).toBeLessThanOrEqual(1);
    expect(gateway.engine("closed").requestCount).toBe(0);
  });
});

describe("bodies of other kinds", () => {
  const text = JSON.stringify(hello);
  const chunked = () =>
    new ReadableStream({
      start(controller) {
        for (const byte of Buffer.from(text)) {
          controller.enqueue(Uint8Array.of(byte));
        }
        controller.close();
      },
    });
  it.each<[string, RequestInit["body"], Record<string, string>]>([
    ["no type", text, { "content-type": "" }],
    ["plain text", text, { "content-type": "text/plain" }],
    ["a form", text, { "content-type": "application/x-www-form-urlencoded" }],
    ["a multipart form", text, { "content-type": "multipart/form-data; boundary=x" }],
    ["an event stream", text, { "content-type": "text/event-stream" }],
    ["gRPC", text, { "content-type": "application/grpc" }],
    ["byte for byte in chunks", chunked(), {}],
    ["gzip", gzipSync(text), { "content-encoding": "gzip" }],
    ["gzip that is none", text, { "content-encoding": "gzip" }],
    ["an unknown encoding", text, { "content-encoding": "rot13" }],
    [
      "bad UTF-8 in the text",
      Buffer.from('{"model":"m","messages":[{"role":"user","content":"\xc3\x28\xff"}]}', "latin1"),
      {},
    ],
    ["bad UTF-8 in the model", Buffer.from('{"model":"m\xff","messages":[]}', "latin1"), {}],
    ["a thousand levels", `{"model":"m","messages":[],"x":${"[".repeat(1_000)}${"]".repeat(1_000)}}`, {}],
    [
      "a million levels",
      `{"model":"m","messages":[],"x":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}}`,
      {},
    ],
    ["a prototype", '{"model":"m","messages":[],"__proto__":{"model":"closed"},"constructor":1}', {}],
    [
      "caps that are none",
      '{"model":"m","messages":[],"max_tokens":-1,"n":1e99,"max_completion_tokens":"x"}',
      {},
    ],
  ])("%s: what reaches a model is counted", async (_, body, headers) => {
    const more = await countsAll(async () => {
      const { status } = await send(body, headers);
      expect([200, 400, 404, 413, 415, 429]).toContain(status);
    });
    expect(more).toBeLessThanOrEqual(1);
  });

  it.each([
    ["of 60 MB", 60],
    ["of 40 MB, which the gateway itself would take", 40],
  ])("%s is refused with 413", async (_, megabytes) => {
    const content = Buffer.alloc(megabytes * 1024 * 1024, "a").toString("latin1");
    const large = JSON.stringify({ ...hello, messages: [{ role: "user", content }] });
    const more = await countsAll(async () => {
      expect((await send(large)).status).toBe(413);
    });
    expect(more).toBe(0);
  });

  it("of 20 MB are counted", async () => {
    const content = Buffer.alloc(20 * 1024 * 1024, "a").toString("latin1");
    const large = JSON.stringify({ ...hello, messages: [{ role: "user", content }] });
    const more = await countsAll(async () => {
      expect((await send(large)).status).toBe(200);
    });
    expect(more).toBe(1);
  });

  it("of random bytes neither pass nor stop anything", async () => {
    await countsAll(async () => {
      for (let round = 0; round < 20; round += 1) {
        const bodies = Array.from({ length: 10 }, () => mutated(text));
        const answers = await Promise.all(bodies.map((body) => send(body)));
        const statuses = answers.map(({ status }) => status);
        expect(statuses.every((status) => status < 500)).toBe(true);
      }
    });
  });
});

describe("other ways in", () => {
  const json = "content-type: application/json";
  const key = `authorization: Bearer ${localApiKey("ann")}`;
  const text = JSON.stringify(hello);
  it.each([
    ["a query", chat, "POST"],
    ["a query", `${chat}?model=closed`, "POST"],
    ["a slash at the end", `${chat}/`, "POST"],
    ["two slashes", `/${chat}`, "POST"],
    ["capitals", "/V1/Chat/Completions", "POST"],
    ["escapes", "/v1/%63hat/completions", "POST"],
    ["dots", "/v1/./chat/../chat/completions", "POST"],
    ["a fragment", `${chat}#x`, "POST"],
    ["a semicolon", `${chat};x`, "POST"],
    ["a whole URL", `http://x${chat}`, "POST"],
    ["the prefix of another dialect", `/anthropic${chat}`, "POST"],
    ["GET", chat, "GET"],
    ["PUT", chat, "PUT"],
    ["DELETE", chat, "DELETE"],
    ["a method that is none", chat, "FETCH"],
    ["OPTIONS", chat, "OPTIONS"],
  ])("%s (%s, %s): what reaches a model is counted", async (_, path, method) => {
    await countsAll(() => raw(rawRequest([json, key], text, path, method)));
  });

  it("trailers change nothing", async () => {
    const head = [
      `POST ${chat} HTTP/1.1`,
      "host: x",
      json,
      key,
      "transfer-encoding: chunked",
      "trailer: x-ai-eg-model",
    ];
    const size = Buffer.byteLength(text).toString(16);
    const trailers = ["x-ai-eg-model: closed", `${clientKeyHeader}: bob`];
    const all = [...head, "", size, text, "0", ...trailers, "", ""].join("\r\n");
    const more = await countsAll(() => raw(all));
    expect(more).toBe(1);
    expect(await counted("bob")).toBe(0);
  });

  it("two lengths are refused", async () => {
    const head = [
      `POST ${chat} HTTP/1.1`,
      "host: x",
      json,
      key,
      "transfer-encoding: chunked",
      "content-length: 5",
    ];
    const more = await countsAll(async () => {
      expect(await raw([...head, "", "0", "", text].join("\r\n"))).toBe(400);
    });
    expect(more).toBe(0);
  });

  it("a body that never ends holds nothing", async () => {
    const half = rawRequest([json, key], text).slice(0, -20);
    const more = await countsAll(() => Promise.all(Array.from({ length: 20 }, () => raw(half, 500))));
    expect(more).toBe(0);
    expect((await gateway.standing("calls", { attributes: { key: "ann", user: "ann" } })).liveHolds).toBe(0);
  });

  it("no processor has crashed, and none has seen what it did not expect", async () => {
    for (const processor of gateway.processors) {
      expect(processor.isRunning).toBe(true);
      expect(processor.output).not.toMatch(/"code":"(crashed|exchange|decide_failed|settle|answer)"/);
    }
    expect(await gateway.metric("budget_failures_total")).toBe(0);
  });
});

describe("while no processor runs", () => {
  it("nothing passes, and everything does again afterwards", async () => {
    await Promise.all(gateway.processors.map((one) => one.end("SIGKILL")));
    const before = reached();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(JSON.stringify(hello))));
    expect(answers.every(({ status }) => status >= 500)).toBe(true);
    expect(reached()).toBe(before);
    await Promise.all(gateway.processors.map((one) => one.start()));
    await until(async () => (await send(JSON.stringify(hello))).status === 200, 30_000);
  });
});

/** The text with some bytes changed, taken away and put in. */
function mutated(text: string): Buffer {
  const bytes = [...Buffer.from(text)];
  for (const byte of randomBytes(1 + ((randomBytes(1)[0] ?? 0) % 6))) {
    const at = Math.floor(Math.random() * bytes.length);
    bytes.splice(at, byte % 3, ...(byte % 2 === 0 ? [byte] : [byte, 34]));
  }
  return Buffer.from(bytes);
}
