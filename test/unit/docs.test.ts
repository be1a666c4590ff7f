import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(__dirname, "../..");
const read = (page: string) => readFileSync(join(root, page), "utf8");
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** The anchor that GitHub makes of a heading. */
function anchorOf(heading: string): string {
  const text = heading.replace(/^#+\s*/, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\-_ ]/gu, "")
    .replaceAll(" ", "-");
}

function anchorsOf(page: string): readonly string[] {
  return read(page)
    .split("\n")
    .filter((line) => /^#+ /.test(line))
    .map(anchorOf);
}

/** Links of a page that lead nowhere in the repository. */
function deadLinks(page: string, text = read(page)): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^(https?|mailto):/.test(link))
    .filter((link) => {
      const [path = "", anchor = ""] = link.split("#");
      const target = path === "" ? page : normalize(join(dirname(page), path));
      const isThere = existsSync(join(root, target));
      return !isThere || (anchor !== "" && !anchorsOf(target).includes(anchor));
    });
}

describe("links between pages", () => {
  it.each(pages)("lead somewhere from %s", (page) => {
    expect(deadLinks(page)).toEqual([]);
  });

  it("are seen when they do not", () => {
    const text = "[a](gone.md), [b](cluster.md#nowhere), [c](#pools), [d](cluster.md#the-network)";
    expect(deadLinks("docs/pools.md", text)).toEqual(["gone.md", "cluster.md#nowhere", "#pools"]);
  });
});

describe("docs/checks.md", () => {
  const named = [
    ...read("docs/checks.md").matchAll(/`((?:unit|components|schema|extproc|e2e|engine)\/[\w/]+)`/g),
  ].map(([, name = ""]) => name);

  it("names tests that are there", () => {
    expect(named.length).toBeGreaterThan(100);
    const isThere = (name: string) =>
      existsSync(join(root, "test", `${name}.test.ts`)) || existsSync(join(root, "test", name));
    expect(named.filter((name) => !isThere(name))).toEqual([]);
  });

  it.each([
    "unit/cluster/gpuClusterResolve",
    "unit/cluster/resolvePools",
    "unit/cluster/resolveAccelerator",
    "unit/cluster/hybridNetworks",
    "unit/models/vllmSeeds",
    "unit/models/vllmFlags",
    "unit/models/vllmWeights",
    "unit/models/vllmLoras",
    "unit/models/autoscaling",
    "unit/models/endpointPicker",
    "unit/models/resolveModelShape",
    "unit/models/sizing/sizing",
  ])("tells of what %s refuses", (test) => {
    expect(named).toContain(test);
  });
});
