import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { AccessLog, parseAccessLogLine } from "../../cli/local/accessLog";
import { liveLogLine } from "../../cli/local/liveLog";
import { manifestFileText } from "../../cli/local/manifestFile";
import { tableLines } from "../../cli/local/table";
import { resolveModelGateway } from "../../components/models/resolveModelGateway";

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
