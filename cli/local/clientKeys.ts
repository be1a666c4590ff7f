import { existsSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stringify } from "yaml";
import type { Manifest, RenderedObject } from "../../components/shared/manifest";
import { asObject } from "./engine/json";
import type { GatewayProcess } from "./gatewayProcess";
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

/** Between two tries to be heard. */
const repeatMs = 2_000;

/**
 * Hands the keys that clients come with to a gateway that starts. `aigw` keeps the Secrets of its file to itself, and
 * what it hands on is empty at its start; the gateway below it reads every file of a folder, though, and looks again
 * when one is added. It begins to look a moment after it has read, so one that comes in between is missed: the file is
 * added again until `isOver` says that the gateway has it, or that nobody waits for it.
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
  const hidden = path.join(directory.resources, ".client-keys.yaml");
  while (!isOver()) {
    writeFileSync(hidden, text, { mode: 0o600 });
    renameSync(hidden, path.join(directory.resources, "client-keys.yaml"));
    await untilOver(isOver);
  }
}

/** Waits until a gateway answers for this many models, and meanwhile hands it the keys, if there are any. */
export async function readyWithKeys(
  gateway: GatewayProcess,
  { directory, keys }: { readonly directory: RunDirectory; readonly keys: string | undefined },
  models: number,
  timeoutMs: number,
): Promise<void> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  const put = keys === undefined ? undefined : putClientKeys(directory, keys, () => isOver);
  await Promise.all([
    gateway.ready(models, timeoutMs).finally(end),
    put?.catch((error: unknown) => {
      // The folder goes with the gateway, which says itself why it ended.
      if (!isOver) {
        throw error;
      }
    }),
  ]);
}

async function untilOver(isOver: () => boolean): Promise<void> {
  for (const until = Date.now() + repeatMs; Date.now() < until && !isOver(); ) {
    await delay(pollMs);
  }
}
