import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Output } from "@pulumi/pulumi";
import { expect } from "vitest";
import type { ReleaseSet } from "../../components/gateway/releases";
import type { Manifest } from "../../components/shared/manifest";
import { requireTool } from "../../tools/find";
import { crdFilesOf, findCrds } from "../../tools/generate/sources";

/** What the API server's own validation says about one object. */
export interface ObjectResult {
  /** "Kind namespace/name" */
  readonly name: string;
  readonly ok: boolean;
  /** Why it is refused; empty where it is not. */
  readonly message: string;
}

/** The newest Kubernetes whose native schemas the validator brings along, so that it needs no network. */
const kubernetesVersion = "1.32";

/** One entry for every document of a file. */
type Report = Readonly<Record<string, readonly { readonly status: string; readonly message?: string }[]>>;

/** Why objects of a release set cannot be validated on this machine; undefined where they can. */
export function missingCrds(set: ReleaseSet): string | undefined {
  return findCrds(set).missing;
}

/**
 * Validates objects against the CRDs of a release set and the native schemas, with all their rules. A kind without
 * a schema is a failure. An object takes up to 90 ms, for its rules are compiled anew each time; several validators
 * run side by side. Throws where the validator itself fails, or the CRD files are not found. `others`: files of CRDs
 * that no release set brings.
 */
export async function validateObjects(
  set: ReleaseSet,
  manifests: readonly Manifest[],
  others: readonly string[] = [],
): Promise<ObjectResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "ai-gateway-schema-"));
  try {
    const crds = copyCrds(set, join(folder, "crds"), others);
    const parts = Math.min(availableParallelism(), Math.ceil(manifests.length / 20));
    const files = manifests.map((manifest, i) => {
      const part = join(folder, `part${i % parts}`);
      mkdirSync(part, { recursive: true });
      const file = join(part, `${String(i).padStart(6, "0")}.json`);
      writeFileSync(file, plainJson(manifest));
      return file;
    });
    const runs = Array.from({ length: parts }, (_, part) => runValidator(join(folder, `part${part}`), crds));
    const report: Report = Object.assign({}, ...(await Promise.all(runs)));
    return manifests.map((manifest, i) => resultOf(manifest, report[files[i] ?? ""]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Fails unless every object is valid, with the reasons of all that are not. Returns how many were validated. */
export async function expectAllValid(
  set: ReleaseSet,
  manifests: readonly Manifest[],
  others: readonly string[] = [],
): Promise<number> {
  const results = await validateObjects(set, manifests, others);
  const refused = results.filter(({ ok }) => !ok).map(({ name, message }) => `${name}: ${message}`);
  expect(refused, `objects that release set ${set} refuses`).toEqual([]);
  expect(results.length).toBe(manifests.length);
  return results.length;
}

/** The directories may hold files that are no CRDs, which the validator stumbles over. */
function copyCrds(set: ReleaseSet, target: string, others: readonly string[]): string {
  const { directories, missing } = findCrds(set);
  if (directories === undefined) {
    throw new Error(`release set ${set}: ${missing}`);
  }
  mkdirSync(target);
  for (const file of [...directories.flatMap(crdFilesOf), ...others]) {
    copyFileSync(file, join(target, basename(file)));
  }
  return target;
}

function runValidator(objects: string, crds: string): Promise<Report> {
  const args = [objects, "--local-crds", crds, "--version", kubernetesVersion, "--output", "json"];
  return new Promise((resolve, reject) => {
    execFile(requireTool("kubectl-validate"), args, { maxBuffer: 2 ** 30 }, (error, stdout, stderr) => {
      try {
        // It ends with 1 when an object is refused; the report is complete all the same.
        resolve(JSON.parse(stdout) as Report);
      } catch {
        reject(new Error(`kubectl-validate gave no report: ${error?.message ?? ""} ${stderr.slice(-2000)}`));
      }
    });
  });
}

function resultOf({ kind, metadata }: Manifest, statuses: Report[string] | undefined): ObjectResult {
  const name = `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
  const [status] = statuses ?? [];
  if (status === undefined || statuses?.length !== 1) {
    return { name, ok: false, message: "the validator did not report on it" };
  }
  return { name, ok: status.status === "Success", message: status.message ?? "" };
}

function plainJson(manifest: Manifest): string {
  return JSON.stringify(manifest, function (this: Record<string, unknown>, key, value: unknown) {
    const raw = this[key];
    if (typeof raw === "object" && raw !== null && (Output.isInstance(raw) || raw instanceof Promise)) {
      throw new Error(
        `${manifest.kind} ${manifest.metadata.name}: ${key} is not known yet; validate plain objects`,
      );
    }
    return value;
  });
}
