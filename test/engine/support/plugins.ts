import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { sdkShapes } from "./sdkShapes";
import { checkedTypes } from "./standIn/checkedTypes";

/** Packages with a stand-in. */
export const standIns = ["aws", "docker-build", "eks", "kubernetes", "random"] as const;

/** Where the stand-ins lie that `preparePlugins` made. */
export interface Plugins {
  /** Goes onto PATH: the engine takes `pulumi-resource-NAME` from there. */
  readonly bin: string;
  /** Shapes of the checked types. */
  readonly shapes: string;
}

/** Makes the executables in a folder: one program for all, as a single file, so that it starts in a moment. */
export async function preparePlugins(folder: string): Promise<Plugins> {
  const program = join(folder, "standIns.cjs");
  await build({
    entryPoints: [resolve(__dirname, "standIn/main.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    external: ["ts-node"],
    logLevel: "error",
    plugins: [
      {
        name: "without the compiler",
        setup: ({ onLoad }) => {
          // Pulumi compiles functions with it that travel to the cloud; a provider has none.
          onLoad({ filter: /typescript-shim\.js$/ }, () => ({ contents: "module.exports = {}" }));
        },
      },
    ],
  });
  const shapes = join(folder, "shapes.json");
  writeFileSync(shapes, JSON.stringify(sdkShapes(checkedTypes)));
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  for (const name of standIns) {
    const script = `#!/bin/sh\nexec "${process.execPath}" "${program}" ${name} "$@"\n`;
    writeFileSync(join(bin, `pulumi-resource-${name}`), script, { mode: 0o755 });
  }
  return { bin, shapes };
}
