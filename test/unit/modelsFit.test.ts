import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { sizeModel } from "../../components/models/sizing";
import { fitInstances, modelsFit, modelsFitFile } from "../../tools/generate/modelsFit";
import { publishedFailures, publishedTokens } from "./models/sizing/publishedFigures";

const text = existsSync(modelsFitFile) ? readFileSync(modelsFitFile, "utf8") : "";
const rows = text.split("\n").filter((line) => /^\| [^ |]+\/[^ |]+ /.test(line));
const cellOf = (model: string, instance: string): string | undefined => {
  const row = rows.find((line) => line.startsWith(`| ${model} `));
  return row?.split("|")[3 + fitInstances.indexOf(instance)]?.trim();
};

describe("docs/models-fit.md", () => {
  it("is what `npm run generate` makes", () => {
    expect(text === modelsFit(), "run npm run generate").toBe(true);
  });

  it("has 40 models and 15 instance types or more", () => {
    expect(rows.length).toBeGreaterThanOrEqual(40);
    expect(fitInstances.length).toBeGreaterThanOrEqual(15);
    for (const row of rows) {
      expect(row.split("|")).toHaveLength(fitInstances.length + 4);
    }
  });

  it("marks what was not seen at its source", () => {
    expect(text).toContain("| Qwen/Qwen3-8B |");
    expect(text).toContain("| mistralai/Devstral-Small-2507 * |");
    expect(text).toContain("| p5.48xlarge<br>8 H100<br>55.040 |");
    expect(text).toContain("| g5.xlarge<br>1 A10G<br>1.006 |");
  });

  it.each([
    ["Qwen/Qwen3-32B", "g6.xlarge", "w"],
    ["Qwen/Qwen3-8B-FP8", "g4dn.xlarge", "f"],
    ["moonshotai/Kimi-K2-Instruct", "p5.48xlarge", "w"],
  ])("says that %s does not run on %s", (model, instance, letter) => {
    expect(cellOf(model, instance)).toBe(letter);
  });

  it("has a row for every model that is checked against published figures", () => {
    const checked = [...publishedTokens, ...publishedFailures].map(({ model }) => model.name);
    for (const name of new Set(checked)) {
      expect(
        rows.some((row) => row.startsWith(`| ${name} `)),
        name,
      ).toBe(true);
    }
  });
});

describe("docs/sizing.md", () => {
  const sizing = readFileSync(resolve(__dirname, "../../docs/sizing.md"), "utf8");

  it.each(publishedTokens.map((each) => [each.source, each.tokens, each] as const))(
    "shows the figure of %s, %i tokens, and how far off the sizing is",
    (source, tokens, { model, node, options }) => {
      const percent = (100 * (sizeModel(model, node, options).kvTokens - tokens)) / tokens;
      const shown = `${percent < 0 ? "-" : "+"}${Math.abs(percent).toFixed(1)} %`;
      const row = sizing.split("\n").find((line) => line.includes(`| ${tokens.toLocaleString("en")} |`));
      expect(sizing).toContain(source);
      expect(row?.replaceAll("*", "")).toMatch(new RegExp(`\\| ${shown.replace("+", "\\+")} \\|$`));
    },
  );

  it.each(publishedFailures.map(({ source }) => [source]))("shows the failure of %s", (source) => {
    expect(sizing).toContain(source);
  });
});
