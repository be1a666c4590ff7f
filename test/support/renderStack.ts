import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Manifest } from "../../components/shared/manifest";

const root = resolve(__dirname, "../..");

/** What `ai-gateway render` wrote. */
export interface RenderedStack {
  /** Bytes of all files by name. */
  readonly files: Readonly<Record<string, string>>;
  /** The objects of all manifest files. */
  readonly objects: readonly Manifest[];
  /** URNs in plan.json of Kubernetes objects; charts, bundles and providers are none. */
  readonly plannedObjects: readonly string[];
}

interface Plan {
  readonly resources: readonly { readonly urn: string; readonly type: string }[];
}

/** A resource type of a Kubernetes object, `kubernetes:<group/version>:<Kind>`, and of no chart, bundle or file. */
const objectType = /^kubernetes:(?!helm\.sh\/|yaml)[^:]+:[A-Z][A-Za-z]+$/;

/** Runs `ai-gateway render` as a user does, in a process of its own. */
export function renderStack(stack: string): RenderedStack {
  const out = mkdtempSync(join(tmpdir(), "ai-gateway-render-"));
  try {
    const cli = ["--import", "tsx", join(root, "cli/main.ts"), "render", "--stack", stack];
    execFileSync(process.execPath, [...cli, "--out", out, "--format", "json"], { cwd: root, stdio: "pipe" });
    const names = readdirSync(out).filter((name) => name.endsWith(".json") && !name.startsWith("."));
    const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(out, name), "utf8")]));
    const manifests = names.filter((name) => name !== "plan.json" && name !== "charts.json");
    const { resources } = JSON.parse(files["plan.json"] ?? "") as Plan;
    return {
      files,
      objects: manifests.flatMap((name) => listOf(files[name] ?? "")),
      plannedObjects: resources.filter(({ type }) => objectType.test(type)).map(({ urn }) => urn),
    };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function listOf(text: string): readonly Manifest[] {
  const parsed = JSON.parse(text) as { readonly items?: readonly Manifest[] } | readonly Manifest[];
  return "items" in parsed && parsed.items !== undefined ? parsed.items : (parsed as readonly Manifest[]);
}
