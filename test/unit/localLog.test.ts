import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { AccessLog, parseAccessLogLine } from "../../cli/local/accessLog";
import { isCounted, liveLogLine } from "../../cli/local/liveLog";
import { manifestFileText } from "../../cli/local/manifestFile";
import { tableLines } from "../../cli/local/table";
import { resolveModelGateway } from "../../components/models/resolveModelGateway";
import { noUsage } from "../../extproc/contract";
import type { RequestSummary } from "../../extproc/service/summary";

const line = {
  start: "2026-11-21T10:00:00.000Z",
  requestId: "r1",
  method: "POST",
  path: "/v1/chat/completions",
  status: 200,
  flags: "-",
  durationMs: 321,
  bytesIn: 10,
  bytesOut: 20,
  upstream: "127.0.0.1:4000",
  attempts: 1,
  model: "m",
  backendName: "ns/obj/route/m/rule/0/ref/0",
  upstreamModel: "up",
  inputTokens: 1000,
  cachedInputTokens: 0,
  outputTokens: 100,
  totalTokens: 1100,
  ttftMs: 12.4,
};

const entryOf = (change: object = {}) => {
  const entry = parseAccessLogLine(JSON.stringify({ ...line, ...change }));
  if (entry === undefined) {
    throw new Error("not an entry");
  }
  return entry;
};

describe("parseAccessLogLine", () => {
  it("reads a line and shortens the backend to its object", () => {
    expect(entryOf()).toMatchObject({ requestId: "r1", backend: "obj", flags: "", inputTokens: 1000 });
  });

  it("knows what is absent", () => {
    const entry = entryOf({ backendName: null, inputTokens: null, flags: "UF" });
    expect(entry.backend).toBeUndefined();
    expect(entry.inputTokens).toBeUndefined();
    expect(entry.flags).toBe("UF");
  });

  it.each(["", "not json", "[]", "{}", "null"])("passes over %j", (text) => {
    expect(parseAccessLogLine(text)).toBeUndefined();
  });
});

describe("AccessLog", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "log-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("follows a file that comes later and grows in pieces", async () => {
    const path = join(folder, "access.log");
    const log = new AccessLog(path);
    const heard: string[] = [];
    const stop = log.onEntry(({ requestId }) => heard.push(requestId));
    const first = `${JSON.stringify({ ...line, path: "/größe" })}\n`;
    const cut = Buffer.from(first).indexOf("ß") + 1;
    writeFileSync(path, Buffer.from(first).subarray(0, cut));
    expect(await log.waitFor("r1", 150)).toBeUndefined();
    appendFileSync(path, Buffer.from(first).subarray(cut));
    expect((await log.waitFor("r1"))?.path).toBe("/größe");
    const many = Array.from({ length: 3000 }, (_, n) => JSON.stringify({ ...line, requestId: `n${n}` }));
    appendFileSync(path, `${many.join("\n")}\n`);
    expect(await log.waitFor("n2999")).toBeDefined();
    expect(heard).toHaveLength(3001);
    stop();
    appendFileSync(path, `${JSON.stringify({ ...line, requestId: "last" })}\n`);
    expect(await log.waitFor("last")).toBeDefined();
    expect(heard).toHaveLength(3001);
    await log.close();
  });
});

describe("liveLogLine", () => {
  const resolved = resolveModelGateway("test", {
    target: "local",
    models: {
      obj: {
        openai: { secretName: "key" },
        price: { usdPerMillionInputTokens: 3, usdPerMillionOutputTokens: 15 },
      },
    },
  });

  it("shows tokens, times and cost", () => {
    const shown = liveLogLine(entryOf(), resolved);
    expect(shown).toMatch(
      /^\d\d:\d\d:\d\d {2}m {2}-> obj {2}200 {2}1000 in, 100 out {2}321 ms {2}first token 12 ms {2}\$0\.004500$/,
    );
  });

  it("takes for cached at most what was read", () => {
    const price = {
      usdPerMillionInputTokens: 3,
      usdPerMillionCachedInputTokens: 0.3,
      usdPerMillionOutputTokens: 15,
    };
    const models = { obj: { openai: { secretName: "key" }, price } };
    const priced = resolveModelGateway("test", { target: "local", models });
    const entry = entryOf({ inputTokens: 10, cachedInputTokens: 20, outputTokens: 0 });
    expect(liveLogLine(entry, priced)).toMatch(/ \$0\.000003$/);
  });

  it("shows what failed", () => {
    const failed = {
      status: 503,
      backendName: null,
      inputTokens: null,
      ttftMs: null,
      attempts: 3,
      flags: "UF",
    };
    expect(liveLogLine(entryOf(failed), resolved)).toMatch(
      /-> 127\.0\.0\.1:4000 {2}503 {2}321 ms {2}3 attempts {2}UF$/,
    );
  });

  it("lets no client steer the terminal", () => {
    const shown = liveLogLine(entryOf({ model: "a\u001b[2J\u0007\nb\u009b31m" }), resolved);
    expect(shown).toContain("a?[2J??b?31m");
    expect(shown).not.toMatch(/\p{Cc}/u);
  });
});

describe("liveLogLine with budgets", () => {
  const models = { obj: { openai: { secretName: "key" } } };
  const resolved = resolveModelGateway("test", { target: "local", models });
  const summary: RequestSummary = {
    requestId: "r1",
    model: "m",
    tier: "",
    backend: "ns/obj",
    outcome: "admitted",
    refusedBy: undefined,
    kind: "exact",
    usage: noUsage,
    nanodollars: 156_000,
    budgets: [
      { budget: "day", unit: "nanodollars", limit: 5e9, remaining: 4_999_844_000 },
      { budget: "minute", unit: "tokens", limit: 12_000, remaining: 11_988 },
      { budget: "at-once", unit: "concurrency", limit: 4, remaining: 3 },
    ],
  };
  const shown = (change: Partial<RequestSummary>, entry: object = {}) =>
    liveLogLine(entryOf({ ttftMs: null, ...entry }), resolved, { ...summary, ...change }).slice(10);

  it("shows what the processor charged, and what is left", () => {
    expect(shown({})).toBe(
      "m  -> obj  200  1000 in, 100 out  321 ms  $0.000156  day $4.999844 left  minute 11988 tokens left  at-once 3 free",
    );
  });

  it.each<[Partial<RequestSummary>, string]>([
    [{ kind: "estimated" }, "321 ms  ~$0.000156"],
    [{ kind: "nothing", nanodollars: 0 }, "321 ms"],
    [{ nanodollars: undefined }, "321 ms"],
    [{ outcome: "shrunk" }, "321 ms  $0.000156  output shrunk"],
    [{ outcome: "overflow", tier: "small" }, "321 ms  $0.000156  overflow to small"],
    [{ outcome: "shadow" }, "321 ms  $0.000156  over a shadow budget"],
    [{ outcome: "unbudgeted" }, "321 ms  $0.000156"],
  ])("says %j", (change, said) => {
    expect(shown({ ...change, budgets: [] })).toBe(`m  -> obj  200  1000 in, 100 out  ${said}`);
  });

  it("names the model and the budget of a refusal, which never came to the gateway's own filter", () => {
    const refused = {
      outcome: "refused",
      refusedBy: "minute",
      kind: undefined,
      nanodollars: undefined,
    } as const;
    const nothing = { model: null, backendName: null, upstream: null, inputTokens: null, attempts: 0 };
    const [, minute] = summary.budgets;
    const budgets = minute === undefined ? [] : [{ ...minute, remaining: 3 }];
    expect(shown({ ...refused, budgets }, { ...nothing, status: 429, durationMs: 1 })).toBe(
      "m  -> refused by minute  429  1 ms  minute 3 tokens left",
    );
    const down = { ...refused, outcome: "store_down", budgets: [] } as const;
    expect(shown(down, { ...nothing, status: 503, durationMs: 1 })).toBe(
      "m  -> refused by minute  503  1 ms  store down",
    );
  });
});

describe("isCounted", () => {
  it.each<[object, boolean]>([
    [{}, true],
    [{ status: 429, upstream: null }, true],
    [{ status: 401 }, true],
    [{ status: 401, upstream: null }, false],
    [{ path: "/v1/models", method: "GET" }, false],
    [{ method: "GET" }, false],
    [{ path: "/v1/elsewhere" }, false],
  ])("of %j is %j", (change, expected) => {
    expect(isCounted(entryOf(change))).toBe(expected);
  });
});

describe("manifestFileText", () => {
  it("keeps dollar signs through the gateway's substitution, and resolves outputs", async () => {
    const dollars = `$HOME $\{X} $$`;
    const manifest = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "a" },
      stringData: { key: pulumi.secret(dollars), list: [pulumi.output("plain")] },
    };
    const text = await manifestFileText([{ key: "", manifest }]);
    expect(parse(text.replaceAll("$$", "$"))).toMatchObject({
      stringData: { key: dollars, list: ["plain"] },
    });
    expect(text).not.toMatch(/(?<!\$)\$(\$\$)*(?!\$)/);
  });
});

describe("tableLines", () => {
  it("aligns columns and leaves no white space at the end", () => {
    const columns = [{ title: "A" }, { title: "N", align: "right" as const }];
    expect(
      tableLines(columns, [
        ["long name", "1"],
        ["b", "1000"],
      ]),
    ).toEqual(["A             N", "---------  ----", "long name     1", "b          1000"]);
  });
});
