import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ReleaseSet } from "../../components/gateway/releases";
import { generate, generatedFolder } from "./generate";
import { modelsFit, modelsFitFile } from "./modelsFit";
import { permissionsFile, permissionsPage } from "./permissionsPage";

const { files, kept } = generate();
mkdirSync(generatedFolder, { recursive: true });
for (const [file, text] of files) {
  writeFileSync(join(generatedFolder, file), text);
  console.log(`${file}: ${Math.ceil(Buffer.byteLength(text) / 1024)} KiB`);
}
writeFileSync(modelsFitFile, modelsFit());
console.log("docs/models-fit.md");
writeFileSync(permissionsFile, permissionsPage());
console.log("docs/permissions.md");
for (const set of Object.values(ReleaseSet)) {
  const reason = kept.get(set);
  console.log(`release set ${set}: ${reason === undefined ? "generated" : `left as it is, ${reason}`}`);
}
