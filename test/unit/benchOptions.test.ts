import { describe, expect, it } from "vitest";
import { type CommandLine, helpOf, type Options, readArguments, usageOf } from "../bench/options";

const line = {
  name: "npm run bench -- tea",
  does: "Measures tea",
  read: (options: Options) => ({
    json: options.flag("json", "print JSON"),
    cups: options.whole("cups", 5, "how many"),
    wait: options.whole("wait", 3, "minutes", 0),
    sizes: options.wholes("sizes", [10, 200], "millilitres", "0"),
    kinds: options.someOf("only", ["green", "black", "mint"], "tea", "these alone"),
    milk: options.oneOf("milk", ["no", "yes"], "whether there is some"),
  }),
} satisfies CommandLine<unknown>;
const byDefault = {
  json: false,
  cups: 5,
  wait: 3,
  sizes: [10, 200],
  kinds: ["green", "black", "mint"],
  milk: "no",
};

describe("options of a benchmark", () => {
  it.each<readonly [args: string[], values: object]>([
    [[], {}],
    [["--json"], { json: true }],
    [["--cups", "12", "--wait=0"], { cups: 12, wait: 0 }],
    [["--cups", "9007199254740991"], { cups: 9_007_199_254_740_991 }],
    [["--sizes", "0"], { sizes: [] }],
    [["--sizes", "7,0,8"], { sizes: [7, 8] }],
    [["--only", "mint,green"], { kinds: ["green", "mint"] }],
    [["--milk", "yes"], { milk: "yes" }],
  ])("%j are read", (args, values) => {
    expect(readArguments(line, args)).toEqual({ values: { ...byDefault, ...values } });
  });

  it.each<readonly [args: string[], problem: string]>([
    [["--cups", "0"], '--cups: "0" is not a whole number from 1'],
    [["--cups", "1.5"], '--cups: "1.5" is not a whole number from 1'],
    [["--cups", "1e3"], '--cups: "1e3" is not a whole number from 1'],
    [["--cups", "9007199254740992"], '--cups: "9007199254740992" is not a whole number from 1'],
    [["--cups="], '--cups: "" is not a whole number from 1'],
    [["--wait=-1"], '--wait: "-1" is not a whole number from 0'],
    [
      ["--sizes", "1,,x"],
      '--sizes: "" is not a whole number from 1\n--sizes: "x" is not a whole number from 1',
    ],
    [["--only", "mint,toString"], "--only: no tea is called toString; there are green, black, mint"],
    [["--milk", "oat"], '--milk: "oat" is not known; use no or yes'],
    [
      ["--cups", "x", "--milk", "oat"],
      '--cups: "x" is not a whole number from 1\n--milk: "oat" is not known; use no or yes',
    ],
  ])("%j are refused, all that is wrong at once", (args, problem) => {
    expect(readArguments(line, args)).toEqual({ problem });
  });

  it.each([[["--cup", "3"]], [["--cups"]], [["--json=yes"]], [["loose"]]])("%j are no options", (args) => {
    expect(() => readArguments(line, args)).toThrow(TypeError);
  });

  it("stand in the usage with what they are by default", () => {
    expect(usageOf(line)).toBe(
      "npm run bench -- tea [--json] [--cups 5] [--wait 3] [--sizes 10,200] [--only green,black,mint] [--milk no|yes]",
    );
  });

  it("are explained in the help, a line each", () => {
    expect(helpOf(line).split("\n")).toEqual([
      "Measures tea.",
      "",
      `Usage: ${usageOf(line)}`,
      "",
      "  --json   print JSON",
      "  --cups   how many (default: 5)",
      "  --wait   minutes (default: 3)",
      "  --sizes  millilitres (default: 10,200)",
      "  --only   these alone (default: green,black,mint)",
      "  --milk   whether there is some: no or yes (default: no)",
      "",
    ]);
  });
});
