import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Silence } from "../../extproc/ledger/silence";

const failed = { name: "StoreDownError", code: "store_timeout" };

/** An answer that comes after so long. */
function later(ms: number, value = "answer"): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve(value), ms));
}

describe("a call", () => {
  const fake = {
    toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance"] as const,
  };
  beforeEach(() => {
    vi.useFakeTimers({ toFake: [...fake.toFake] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const silence = () => new Silence(20, 500);
  const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  /** What became of calls by now. */
  function watched(...calls: Promise<string>[]): string[] {
    const ends = calls.map(() => "waits");
    calls.forEach((call, n) => {
      call.then(
        (value) => {
          ends[n] = value;
        },
        (error) => {
          ends[n] = error.code;
        },
      );
    });
    return ends;
  }

  it("that is answered in time has its answer", async () => {
    const ends = watched(silence().within("settle", later(19)));
    await wait(19);
    expect(ends).toEqual(["answer"]);
  });

  it("to a silent store fails after 20 ms, and says how long it waited", async () => {
    const call = silence().within("settle", later(10_000));
    const ends = watched(call);
    await wait(19);
    expect(ends).toEqual(["waits"]);
    await wait(3);
    expect(ends).toEqual(["store_timeout"]);
    await expect(call).rejects.toMatchObject({ ...failed, mayHaveCounted: true });
    await expect(call).rejects.toThrow(/^store_timeout: settle: no answer after 2[0-2] ms$/);
  });

  it("waits its turn while others before it are answered, but not longer than 500 ms", async () => {
    const store = silence();
    const ends = watched(
      ...Array.from({ length: 40 }, (_, n) => store.within("reserve", later(15 * (n + 1), String(n)))),
    );
    await wait(499);
    expect(ends.slice(0, 33)).toEqual(Array.from({ length: 33 }, (_, n) => String(n)));
    expect(new Set(ends.slice(33))).toEqual(new Set(["waits"]));
    await wait(5);
    expect(new Set(ends.slice(33))).toEqual(new Set(["store_timeout"]));
  });

  it("fails 20 ms after the last answer, when the store goes in the middle", async () => {
    const store = silence();
    const ends = watched(
      store.within("a", later(10)),
      store.within("b", later(25)),
      store.within("c", later(900)),
    );
    await wait(44);
    expect(ends).toEqual(["answer", "answer", "waits"]);
    await wait(3);
    expect(ends).toEqual(["answer", "answer", "store_timeout"]);
  });

  it("has an error of the store as its answer, which is a sign of life", async () => {
    const store = silence();
    const refusal = Object.assign(new Error("OOM"), { name: "ReplyError" });
    const ends = watched(
      store.within(
        "a",
        later(15).then(() => Promise.reject(refusal)),
      ),
      store.within("b", later(30)),
      store.within(
        "c",
        later(16).then(() => Promise.reject(new Error("Connection is closed."))),
      ),
    );
    await wait(30);
    expect(ends).toEqual(["store_refused", "answer", "store_unreachable"]);
  });

  it("later on has 20 ms of its own", async () => {
    const store = silence();
    await Promise.all([store.within("a", later(1)), wait(1)]);
    await wait(1_000);
    const ends = watched(store.within("b", later(19)));
    await wait(19);
    expect(ends).toEqual(["answer"]);
  });
});

it("is not given up where this process was too busy to read the answer", async () => {
  const store = new Silence(20, 500);
  const answer = new Promise<string>((resolve) => setTimeout(() => resolve("answer"), 60));
  const call = store.within("reserve", answer);
  const untilMs = performance.now() + 50;
  while (performance.now() < untilMs) {
    // Busy.
  }
  expect(await call).toBe("answer");
});
