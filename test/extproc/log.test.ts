import { describe, expect, it } from "vitest";
import { StoreDownError } from "../../extproc/ledger/errors";
import { errorFields } from "../../extproc/service/errorFields";
import { createLog, type LogOptions } from "../../extproc/service/log";
import { problemLines, withLog } from "../../extproc/service/logTelemetry";
import { noUsage } from "../../extproc/usage/usage";
import { Recorder } from "./store/support";
import { LogLines } from "./support/logLines";

function recorded(options: LogOptions = {}) {
  const lines = new LogLines();
  return { lines, log: createLog({ destination: lines, ...options }) };
}

describe("the log", () => {
  it("is lines of JSON with a level, a time, a code and a sentence", () => {
    const { lines, log } = recorded();
    log.warn("some_code", "a sentence", { budget: "b", amount: 3 });
    const [{ time, ...line } = {}] = lines.lines;
    expect(line).toEqual({ level: "warn", code: "some_code", message: "a sentence", budget: "b", amount: 3 });
    expect(String(time)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(lines.text.endsWith("\n")).toBe(true);
  });

  it("leaves out what is below its level", () => {
    const { lines, log } = recorded({ level: "warn" });
    log.debug("a", "");
    log.info("b", "");
    log.warn("c", "");
    log.error("d", "");
    expect(lines.codes()).toEqual(["c", "d"]);
  });

  it("repeats a code ten times a minute at most, and says how often it did not", () => {
    let nowMs = 0;
    const { lines, log } = recorded({ now: () => nowMs });
    for (let count = 0; count < 1_000; count += 1) {
      log.warn("busy", "again");
      nowMs += 1;
    }
    log.warn("other", "once");
    expect(lines.codes()).toEqual([...Array(10).fill("busy"), "other"]);
    nowMs = 60_000;
    log.warn("busy", "again");
    expect(lines.lines.at(-1)).toMatchObject({ code: "busy", leftOut: 990 });
    log.flush();
    expect(lines.lines).toHaveLength(12);
  });

  it("says what it left out when it ends, once", () => {
    const { lines, log } = recorded({ perMinute: 1, now: () => 0 });
    log.error("busy", "again");
    log.error("busy", "again");
    log.flush();
    log.flush();
    expect(lines.lines.slice(1)).toMatchObject([{ level: "warn", code: "busy", leftOut: 1 }]);
  });
});

describe("an error in the log", () => {
  it("has its name, its code and where it was thrown, never its message", () => {
    const fields = errorFields(new StoreDownError("store_timeout", "hunter2\n    at hunter2 (hunter2)"));
    expect(fields).toMatchObject({ error: "StoreDownError", errorCode: "store_timeout" });
    expect(JSON.stringify(fields)).not.toContain("hunter2");
    const parsing = (() => {
      try {
        return JSON.parse("hunter2 is my prompt");
      } catch (error) {
        return errorFields(error);
      }
    })();
    expect(parsing).toMatchObject({ error: "SyntaxError" });
    expect(JSON.stringify(parsing)).not.toContain("hunter2");
    expect(JSON.stringify(parsing)).toContain("log.test.ts");
  });

  it.each([
    [Object.assign(new Error("WRONGPASS invalid hunter2"), { name: "ReplyError" }), "WRONGPASS"],
    [Object.assign(new Error("hunter2"), { name: "ReplyError" }), undefined],
    [Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), "ECONNREFUSED"],
    [new Error("hunter2"), undefined],
  ])("%s has the code %s", (error, code) => {
    const fields = errorFields(error);
    expect(fields["errorCode"]).toBe(code);
    expect(JSON.stringify({ ...fields, at: "" })).not.toContain("hunter2");
  });

  it("that is no error has its type only", () => {
    expect(errorFields("hunter2")).toEqual({ error: "string" });
  });
});

describe("the telemetry with a log", () => {
  it("passes everything on, and logs what an operator should see but no request", () => {
    const { lines, log } = recorded();
    const told = new Recorder();
    const telemetry = withLog(told, log);
    telemetry.decided({ outcome: "admitted", model: "m", tier: "", budget: "b", by: "store" });
    telemetry.settled({
      ...{ model: "m", endpoint: "chat", source: "log", kind: "exact", ratio: 1 },
      ...{ reported: noUsage, sentText: true, nanodollars: 1 },
    });
    telemetry.standing("b", "tokens", 10, 1, 1);
    telemetry.storeCall("reserve", 1, true);
    expect(lines.codes()).toEqual([]);
    telemetry.overshoot("b", 5);
    telemetry.storeState(false, "store_timeout");
    telemetry.storeState(true, "");
    telemetry.warned("b", 0.8, true);
    telemetry.unknownPrice("m");
    telemetry.overflowed("b", "", "other");
    telemetry.failure("settle_dropped", new Error("hunter2"));
    expect(lines.lines.map(({ time: _time, message: _message, at: _at, ...line }) => line)).toEqual([
      { level: "warn", code: "budget_overshoot", budget: "b", amount: 5 },
      { level: "error", code: "store_down", errorCode: "store_timeout" },
      { level: "info", code: "store_up" },
      { level: "warn", code: "budget_warning", budget: "b", share: 0.8, delivered: true },
      { level: "warn", code: "price_unknown", model: "m" },
      { level: "info", code: "budget_overflow", budget: "b", from: "", to: "other" },
      { level: "error", code: "settle_dropped", error: "Error" },
    ]);
    expect(lines.text).not.toContain("hunter2");
    expect(told.events.map(([name]) => name)).toEqual([
      "decided",
      "settled",
      "standing",
      "storeCall",
      "overshoot",
      "storeState",
      "storeState",
      "warned",
      "unknownPrice",
      "overflowed",
      "failure",
    ]);
  });
});

describe("problems of a policy", () => {
  it("are logged with path, value and remedy", () => {
    const problem = { path: 'budgets["a"].limit.tokens', value: "0", remedy: "is not a whole number" };
    expect(problemLines([problem])).toEqual(['budgets["a"].limit.tokens: 0 is not a whole number']);
  });

  it("are logged without users and without what may be a key", () => {
    const problem = (path: string) => ({ path, value: '"hunter2"', remedy: "is wrong" });
    const paths = [
      "webhook.url",
      "webhook.secret",
      'lookups["key"]["hunter2"].team',
      'lookups["a\\"b"]["hunter2"]',
      'budgets["a"].users',
    ];
    expect(problemLines(paths.map(problem))).toEqual([
      "webhook.url: is wrong",
      "webhook.secret: is wrong",
      'lookups["key"]: is wrong',
      'lookups["a\\"b"]: is wrong',
      'budgets["a"].users: is wrong',
    ]);
  });
});
