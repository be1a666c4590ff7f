import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { describeError, isDeclared, ProgramError } from "../../cli/errors";
import type { Evaluation, PlanResource } from "../../cli/evaluate/evaluation";
import { wireSecret } from "../../cli/evaluate/values";
import { chartReferences } from "../../cli/render/charts";
import { objectChunks } from "../../cli/render/format";
import { isPatch, manifestFiles } from "../../cli/render/manifests";
import { type OutputFile, writeOutputDir } from "../../cli/render/outputDir";
import { DeclarationError } from "../../components/shared/problems";

function object(
  kind: string,
  name: string,
  fields: Partial<PlanResource> = {},
  namespace = "apps",
): PlanResource {
  const metadata = namespace === "" ? { name } : { name, namespace };
  return {
    urn: `urn:pulumi:s::p::kubernetes:v1:${kind}::${name}`,
    type: `kubernetes:v1:${kind}`,
    name,
    custom: true,
    dependencies: [],
    options: {},
    ...fields,
    inputs: { apiVersion: "v1", kind, metadata, ...fields.inputs },
  };
}

function evaluation(resources: PlanResource[]): Evaluation {
  return { project: "p", stack: "s", resources, outputs: {}, warnings: [] };
}

function names(resources: PlanResource[]): Record<string, unknown[]> {
  return Object.fromEntries(
    manifestFiles(evaluation(resources)).map(({ name, objects }) => [
      name,
      objects.map(({ kind, metadata }) => `${kind}/${(metadata as { name: string }).name}`),
    ]),
  );
}

describe("manifestFiles", () => {
  it("has a file for the cluster and for each namespace, in apply order", () => {
    const config = object("ConfigMap", "b");
    const resources = [
      object("Route", "a", { dependencies: [config.urn] }),
      object("Backend", "z"),
      object("Deployment", "d"),
      config,
      object("Secret", "s"),
      object("Service", "other", {}, "zone"),
      object("Namespace", "apps", {}, ""),
      object("GatewayClass", "class", {}, ""),
      object("Pod", "p", {}, ""),
    ];
    const expected = {
      cluster: ["Namespace/apps", "GatewayClass/class"],
      apps: ["Secret/s", "ConfigMap/b", "Deployment/d", "Backend/z", "Route/a"],
      default: ["Pod/p"],
      zone: ["Service/other"],
    };
    expect(names(resources)).toEqual(expected);
    expect(Object.keys(names(resources))).toEqual(["cluster", "apps", "default", "zone"]);
    expect(names(resources.toReversed())).toEqual(expected);
  });

  it("puts what a kind needs before the kind's usual place", () => {
    const route = object("Route", "r");
    expect(names([object("Secret", "s", { dependencies: [route.urn] }), route])).toEqual({
      apps: ["Route/r", "Secret/s"],
    });
  });

  it("leaves out components, providers, charts, patches and what is only read", () => {
    const patch = object("ConfigMap", "patched", { type: "kubernetes:core/v1:ConfigMapPatch" });
    const resources = [
      object("ConfigMap", "read", { options: { read: "apps/read" } }),
      object("ConfigMap", "component", { custom: false }),
      object("ConfigMap", "foreign", { type: "aws:v1:ConfigMap" }),
      patch,
    ];
    expect(names(resources)).toEqual({});
    expect(isPatch(patch)).toBe(true);
  });

  it("gives names and namespaces where the provider would", () => {
    const provider = object("Provider", "k8s", {
      type: "pulumi:providers:kubernetes",
      inputs: { namespace: "team" },
    });
    const nameless = object("ConfigMap", "made", { provider: provider.urn, inputs: { metadata: {} } });
    const [file] = manifestFiles(evaluation([provider, nameless]));
    expect(file).toMatchObject({
      name: "team",
      objects: [{ metadata: { name: "made", namespace: "team" } }],
    });
  });

  it("writes masked data of a Secret as stringData, since the mask is no base64", () => {
    const secret = object("Secret", "s", { inputs: { data: wireSecret({ k: "aHVzaA==" }), type: "Opaque" } });
    expect(manifestFiles(evaluation([secret]))[0]?.objects[0]).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", namespace: "apps" },
      stringData: { k: "[secret]" },
      type: "Opaque",
    });
  });

  it.each([
    ["cluster", "namespace-cluster"],
    ["charts", "namespace-charts"],
    ["[unknown]", "namespace-unknown"],
    ["../up", "namespace-unknown"],
  ])("keeps the namespace %s from taking another file's name", (namespace, file) => {
    expect(Object.keys(names([object("Pod", "p", {}, namespace)]))).toEqual([file]);
  });
});

describe("chartReferences", () => {
  it("lists charts and bundles in install order, as references", () => {
    const crds = object("x", "crds", {
      type: "kubernetes:yaml/v2:ConfigGroup",
      inputs: { files: ["a.yaml"] },
    });
    const chart = object("x", "a-chart", {
      type: "kubernetes:helm.sh/v3:Release",
      dependencies: [crds.urn],
      inputs: {
        name: "ai-gateway",
        chart: "oci://docker.io/envoyproxy/ai-gateway-helm",
        version: "v1.1.0",
        repositoryOpts: { repo: "https://charts.example.com" },
        values: { key: wireSecret("hush") },
      },
    });
    expect(chartReferences(evaluation([chart, crds, object("Pod", "p")]))).toEqual([
      { name: "crds", kind: "ConfigGroup", files: ["a.yaml"] },
      {
        name: "ai-gateway",
        kind: "HelmRelease",
        repo: "https://charts.example.com",
        chart: "oci://docker.io/envoyproxy/ai-gateway-helm",
        version: "v1.1.0",
        values: { key: "[secret]" },
      },
    ]);
  });
});

describe("objectChunks", () => {
  const json = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 });

  it.each(["yaml", "json"] as const)("reads back as %s", (format) => {
    fc.assert(
      fc.property(fc.array(json, { minLength: 1, maxLength: 3 }), (raw) => {
        // -0 and the like do not survive JSON either.
        const objects = JSON.parse(JSON.stringify(raw)) as Record<string, unknown>[];
        const text = [...objectChunks(objects, format)].join("");
        const read =
          format === "json"
            ? (JSON.parse(text) as { items: unknown }).items
            : (parseAllDocuments(text) as { toJS(): unknown }[]).map((document) => document.toJS());
        expect(read).toEqual(objects);
      }),
      { numRuns: 60 },
    );
  });

  it("quotes what YAML 1.1 parsers read as something else", () => {
    const object = { a: "yes", b: "0o17", c: "1e3", d: "null", e: "12:30:45", f: "on" };
    const text = [...objectChunks([object], "yaml")].join("");
    expect(parse(text, { version: "1.1" })).toEqual(object);
    expect(parse(text, { version: "1.2" })).toEqual(object);
  });
});

describe("writeOutputDir", () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(path.join(tmpdir(), "ai-gateway-test-"));
  });
  afterEach(() => {
    rmSync(parent, { recursive: true, force: true });
  });
  const file = (name: string, ...chunks: string[]): OutputFile => ({ name, chunks });
  const list = (dir: string) => readdirSync(dir).sort();

  it("replaces an earlier render, and keeps files of others", () => {
    const out = path.join(parent, "deep", "out");
    writeOutputDir(out, [file("a.yaml", "1", "2"), file("plan.json", "{}")]);
    expect(readFileSync(path.join(out, "a.yaml"), "utf8")).toBe("12");
    writeFileSync(path.join(out, "kustomization.yaml"), "mine");
    writeOutputDir(out, [file("b.yaml", "3"), file("plan.json", "{}")]);
    expect(list(out)).toEqual([".ai-gateway-render.json", "b.yaml", "kustomization.yaml", "plan.json"]);
    expect(list(path.dirname(out))).toEqual(["out"]);
  });

  it("refuses a folder that it did not write, and a file of others in its way", () => {
    writeFileSync(path.join(parent, "notes.txt"), "mine");
    expect(() => writeOutputDir(parent, [file("plan.json", "{}")])).toThrow(/is not empty/);
    expect(list(parent)).toEqual(["notes.txt"]);
    const out = path.join(parent, "out");
    writeOutputDir(out, [file("plan.json", "{}")]);
    writeFileSync(path.join(out, "apps.yaml"), "mine");
    expect(() => writeOutputDir(out, [file("apps.yaml", "ours")])).toThrow(/move it away/);
    expect(readFileSync(path.join(out, "apps.yaml"), "utf8")).toBe("mine");
  });

  it("leaves everything as it was when writing fails half way", () => {
    const out = path.join(parent, "out");
    writeOutputDir(out, [file("a.yaml", "old")]);
    const broken: OutputFile = {
      name: "b.yaml",
      chunks: (function* () {
        yield "half";
        throw new Error("broken");
      })(),
    };
    expect(() => writeOutputDir(out, [file("a.yaml", "new"), broken])).toThrow("broken");
    expect(readFileSync(path.join(out, "a.yaml"), "utf8")).toBe("old");
    expect(list(parent)).toEqual(["out"]);
    expect(process.listenerCount("SIGTERM")).toBeLessThan(11);
  });

  it("writes into an empty folder", () => {
    const out = path.join(parent, "empty");
    mkdirSync(out);
    writeOutputDir(out, [file("a.yaml", "1")]);
    expect(existsSync(path.join(out, "a.yaml"))).toBe(true);
  });
});

describe("errors", () => {
  it("lists every problem of a declaration, once", () => {
    const error = new DeclarationError("models", [
      { path: "a", reason: "is wrong" },
      { path: "b", reason: "too" },
    ]);
    const text = describeError(error);
    expect(text.match(/a: is wrong/g)).toHaveLength(1);
    expect(text).toContain("b: too");
    expect(text).not.toContain("    at ");
    expect(isDeclared(error)).toBe(true);
  });

  it("adds the problems that an InputPropertiesError keeps out of its message", () => {
    const error = Object.assign(new Error("wrong inputs"), {
      errors: [{ propertyPath: "spec.size", reason: "is 0" }],
    });
    expect(describeError(error)).toBe("wrong inputs\n  spec.size: is 0");
  });

  it.each([
    [new TypeError("x is not a function"), "TypeError: x is not a function"],
    [new Error("plain"), "plain"],
    [new Error("Cannot find module 'a'\nRequire stack:\n- b"), "Cannot find module 'a'"],
    ["thrown text", "The program threw thrown text."],
    [undefined, "The program threw undefined."],
  ])("describes %s", (error, text) => {
    expect(describeError(error)).toBe(text);
  });

  it("says the same thing only once", () => {
    expect(new ProgramError([new Error("a"), new Error("a"), new Error("b")], ["logged"]).message).toBe(
      "a\nb\nlogged",
    );
  });
});
