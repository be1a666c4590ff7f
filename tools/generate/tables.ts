import { ReleaseSet } from "../../components/gateway/releases";
import type { KindEntry, Tables } from "../../components/shared/crds/schemaNode";
import { type CrdKind, readCrds } from "./crdSchema";
import { emittedKinds } from "./kinds";
import { NodePool } from "./nodePool";
import { findCrds } from "./sources";

export interface BuiltTables {
  readonly tables: Tables;
  /** Sets whose CRD files were not found, each with the reason; their part is taken over from `previous`. */
  readonly kept: ReadonlyMap<ReleaseSet, string>;
}

/** Builds the field table of all release sets from the CRD files. `previous` stands in for sets without files. */
export function buildTables(previous: Tables | undefined, find = findCrds): BuiltTables {
  const pool = new NodePool();
  const kept = new Map<ReleaseSet, string>();
  const kinds: Partial<Record<ReleaseSet, Record<string, KindEntry>>> = {};
  for (const set of Object.values(ReleaseSet).sort()) {
    const source = find(set);
    if (source.directories !== undefined) {
      kinds[set] = addKinds(pool, readCrds(source.directories, emittedKinds));
    } else if (previous?.kinds[set] !== undefined) {
      kept.set(set, source.missing);
      kinds[set] = keepKinds(pool, previous, set);
    } else {
      throw new Error(`release set ${set}: ${source.missing}`);
    }
  }
  return { tables: { kinds: kinds as Tables["kinds"], nodes: pool.nodes }, kept };
}

function addKinds(pool: NodePool, crds: ReadonlyMap<string, CrdKind>): Record<string, KindEntry> {
  const result: Record<string, KindEntry> = {};
  for (const key of [...crds.keys()].sort()) {
    const crd = crds.get(key);
    if (crd !== undefined) {
      const { apiVersion, kind, metadata, status, ...properties } = crd.schema.properties ?? {};
      const required = crd.schema.required?.filter((field) => field in properties);
      const root = pool.addSchema({ type: "object", properties, ...(required && { required }) });
      result[key] = { scope: crd.scope, root };
    }
  }
  return result;
}

function keepKinds(pool: NodePool, previous: Tables, set: ReleaseSet): Record<string, KindEntry> {
  const result: Record<string, KindEntry> = {};
  for (const [key, { scope, root }] of Object.entries(previous.kinds[set])) {
    result[key] = { scope, root: pool.addFrom(previous.nodes, root) };
  }
  return result;
}

const start = "export const tables: Tables = ";

/** The table as a TypeScript file, one node a line, so that a change upstream is a readable diff. */
export function renderTables({ kinds, nodes }: Tables): string {
  const sets = Object.entries(kinds).map(([set, entries]) => {
    const lines = Object.entries(entries).map(
      ([key, entry]) => `    ${JSON.stringify(key)}: ${JSON.stringify(entry)}`,
    );
    return `  ${JSON.stringify(set)}: {\n${lines.join(",\n")}\n  }`;
  });
  return [
    "// Made by `npm run generate` from the CRD files of the release sets. Not edited by hand.",
    'import type { Tables } from "../schemaNode";',
    "",
    `${start}{`,
    `"kinds": {\n${sets.join(",\n")}\n},`,
    `"nodes": [\n${nodes.map((node) => JSON.stringify(node)).join(",\n")}\n]`,
    "};",
    "",
  ].join("\n");
}

/** Reads back what `renderTables` wrote. */
export function parseTables(text: string): Tables {
  const from = text.indexOf(start) + start.length;
  return JSON.parse(text.slice(from, text.lastIndexOf(";"))) as Tables;
}
