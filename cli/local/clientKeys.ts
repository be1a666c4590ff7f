import { existsSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stringify } from "yaml";
import type { Manifest, RenderedObject } from "../../components/shared/manifest";
import { asObject } from "./engine/json";
import { known } from "./manifestFile";
import type { RunDirectory } from "./runDirectory";

const pollMs = 10;

/** The Secret of this name as a file for the gateway; `undefined` when there is none. */
export async function clientKeysText(
  objects: readonly RenderedObject[],
  name: string | undefined,
): Promise<string | undefined> {
  const found = objects.find(({ manifest }) => isSecret(manifest, name));
  if (name === undefined || found === undefined) {
    return undefined;
  }
  const { stringData, ...secret } = (await known(found.manifest)) as Manifest & { stringData?: unknown };
  // Nothing here turns clear text into data, as an API server would.
  const data = Object.entries(asObject(stringData)).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString("base64"),
  ]);
  return stringify({ ...secret, data: Object.fromEntries(data) });
}

function isSecret({ kind, metadata }: Manifest, name: string | undefined): boolean {
  return kind === "Secret" && metadata.name === name;
}

/**
 * Hands the keys that clients come with to a gateway that starts. `aigw` keeps the Secrets of its file to itself, and
 * what it hands on is empty at its start; the gateway below it reads every file of a folder, though, and looks again
 * when one is added. Resolves when they are there, or `isOver` says that nobody waits for them.
 */
export async function putClientKeys(
  directory: RunDirectory,
  text: string,
  isOver: () => boolean,
): Promise<void> {
  // aigw empties the folder before it opens its log.
  while (!existsSync(directory.aigwLog) && !isOver()) {
    await delay(pollMs);
  }
  if (isOver()) {
    return;
  }
  const hidden = path.join(directory.resources, ".client-keys.yaml");
  writeFileSync(hidden, text, { mode: 0o600 });
  renameSync(hidden, path.join(directory.resources, "client-keys.yaml"));
}
