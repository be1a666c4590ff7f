import { afterEach, describe, expect, it } from "vitest";
import { FirstContact } from "../../../extproc/service/firstContact";

let contact: FirstContact | undefined;
afterEach(() => contact?.end());

/** Asks a store that fails so often before it answers; answers what was told of it within so many milliseconds. */
async function toldOf(failures: number, withinMs: number): Promise<readonly unknown[]> {
  const told: unknown[] = [];
  let asked = 0;
  const inspect = async () => {
    asked += 1;
    if (asked <= failures) {
      throw new Error(`attempt ${asked}`);
    }
    return { accounts: [], liveHolds: 0, nowMs: 0 };
  };
  contact = new FirstContact({ inspect }, (error) => told.push(error));
  await contact.within(withinMs);
  return told;
}

describe("the first contact with a store", () => {
  it.each([0, 1, 5])("says nothing of %i failures while a connection is made", async (failures) => {
    expect(await toldOf(failures, 10_000)).toEqual([]);
    expect(contact?.isMade).toBe(true);
  });

  it("tells of what fails after the first second", async () => {
    const told = await toldOf(Number.POSITIVE_INFINITY, 1_800);
    expect(contact?.isMade).toBe(false);
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(6);
  });
});
