import { afterAll, beforeAll, expect, it } from "vitest";
import type { SettleEvent } from "../../extproc/service/telemetry";
import { Batch } from "./fuzz/batch";

/** How many messages are told. `FUZZ=1000000` for the long run; `SEED` begins at a batch that failed. */
const count = Number(process.env["FUZZ"] ?? 30_000);
const firstSeed = Number(process.env["SEED"] ?? 1);

const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);
beforeAll(() => {
  process.on("unhandledRejection", note).on("uncaughtException", note);
});
afterAll(() => {
  process.off("unhandledRejection", note).off("uncaughtException", note);
});

it(`holds nothing and fails nowhere, whatever it is told (${count})`, { timeout: 7_200_000 }, async () => {
  const seen = new Set<string>();
  let messages = 0;
  for (let seed = firstSeed; messages < count; seed += 1) {
    const batch = new Batch(seed);
    try {
      await batch.run();
      expect(unhandled).toEqual([]);
    } catch (error) {
      throw new Error(`SEED=${seed} fails, after ${messages} messages`, { cause: error });
    }
    messages += batch.messages;
    for (const [decided] of batch.told.of("decided")) {
      seen.add((decided as { readonly outcome: string }).outcome);
    }
    for (const [settled] of batch.told.of("settled")) {
      const { kind, source } = settled as SettleEvent;
      seen.add(`${kind} by ${source}`);
    }
  }
  // What is fuzzed is alive: requests get everywhere, and end in every way.
  const outcomes = ["admitted", "overflow", "shrunk", "refused", "shadow", "invalid", "unknown_model"];
  const ends = ["exact by stream", "exact by log", "estimated by stream", "estimated by expiry"];
  const later = ["corrected by log", "repeated by log", "queued by log", "nothing by stream"];
  expect([...seen]).toEqual(
    expect.arrayContaining([...outcomes, "unbudgeted", "store_down", ...ends, ...later]),
  );
});
