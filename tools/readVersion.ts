import { spawnSync } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";

/**
 * The version of a Go module that is linked into a binary, read from the build information that Go leaves in
 * every program; undefined when the module is not there. Nothing is run.
 */
export function linkedModuleVersion(path: string, module: string): string | undefined {
  const escaped = module.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(`(?:mod|dep)\\t${escaped}\\t(v[0-9][^\\t\\n]*)[\\t\\n]`);
  const chunk = Buffer.alloc(8 * 1024 * 1024);
  // A match may lie across two chunks: the end of one is looked at again with the next.
  const overlap = 1024;
  const file = openSync(path, "r");
  try {
    let kept = 0;
    for (;;) {
      const read = readSync(file, chunk, kept, chunk.length - kept, null);
      const end = kept + read;
      // The search for plain bytes is many times faster than a pattern over the whole of a large binary.
      if (chunk.subarray(0, end).includes(`\t${module}\t`)) {
        const found = pattern.exec(chunk.toString("latin1", 0, end))?.[1];
        if (found !== undefined) return found;
      }
      if (read === 0) return undefined;
      kept = Math.min(overlap, end);
      chunk.copy(chunk, 0, end - kept, end);
    }
  } finally {
    closeSync(file);
  }
}

/** What a program prints about its version, found by a pattern; undefined when it cannot be read. */
export function printedVersion(path: string, args: readonly string[], pattern: RegExp): string | undefined {
  const { stdout, stderr } = spawnSync(path, args, { encoding: "utf8", timeout: 10_000 });
  return pattern.exec(`${stdout ?? ""}\n${stderr ?? ""}`)?.[1];
}
