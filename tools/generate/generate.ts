import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ReleaseSet } from "../../components/gateway/releases";
import { renderResources, renderTypes } from "./renderTypes";
import { findCrds } from "./sources";
import { buildTables, parseTables, renderTables } from "./tables";
import { modelTypes } from "./typeModel";

export const generatedFolder = resolve(__dirname, "../../components/shared/crds/generated");

export interface Generated {
  /** File name in the generated folder, and its text. */
  readonly files: ReadonlyMap<string, string>;
  /** Sets whose CRD files were not found, with the reason; their part is as it was committed. */
  readonly kept: ReadonlyMap<ReleaseSet, string>;
}

/** Makes the generated files in memory. Throws if a set has neither CRD files nor a committed table. */
export function generate(find = findCrds): Generated {
  const committed = join(generatedFolder, "tables.ts");
  const previous = existsSync(committed) ? parseTables(readFileSync(committed, "utf8")) : undefined;
  const { tables, kept } = buildTables(previous, find);
  const types = modelTypes(tables);
  const files = new Map([
    ["tables.ts", renderTables(tables)],
    ["types.ts", renderTypes(types)],
    ["resources.ts", renderResources(types)],
  ]);
  return { files, kept };
}
