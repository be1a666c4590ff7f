// Makes what the image holds, in dist/ or the folder that is named: the whole processor as one file, its status page,
// and the licences of the packages in it. Then the image needs no npm, no registry and no compiler, and starts faster than from a
// thousand files. Not minified, so that stack traces can be read.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "dist"));

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const { metafile } = await build({
  entryPoints: [join(here, "main.ts")],
  outfile: join(out, "processor.cjs"),
  bundle: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  absWorkingDir: here,
});
writeFileSync(join(out, "LICENSES.txt"), licences(Object.keys(metafile.inputs)));
copyFileSync(join(here, "..", "LICENSE"), join(out, "LICENSE"));
copyFileSync(join(here, "service/status/status.html"), join(out, "status.html"));

/** The licence of every package that a file comes from. */
function licences(files) {
  const folders = files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  const packages = [...new Set(folders.filter((folder) => folder !== undefined))].sort();
  return packages.map((folder) => licenceOf(resolve(here, folder))).join("\n\n");
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined && license === undefined) {
    throw new Error(`${name}@${version} says nothing about its licence`);
  }
  const text = file === undefined ? "" : `\n\n${readFileSync(join(folder, file), "utf8").trim()}`;
  return `${name} ${version}, ${license}${text}`;
}
