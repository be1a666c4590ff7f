import { createHash } from "node:crypto";
import { Command } from "ioredis";
import { StoreDownError } from "./errors";
import type { RedisClient } from "./redisClient";
import { adjustScript } from "./scripts/adjust";
import { inspectScript } from "./scripts/inspect";
import { renewScript } from "./scripts/renew";
import { reserveScript } from "./scripts/reserve";
import { settleScript } from "./scripts/settle";

interface Script {
  readonly source: string;
  readonly sha: string;
}

function script(source: string): Script {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}

export const scripts = {
  reserve: script(reserveScript),
  renew: script(renewScript),
  settle: script(settleScript),
  inspect: script(inspectScript),
  adjust: script(adjustScript),
} as const;

export type ScriptName = keyof typeof scripts;

/** One round trip: the script by its hash. Only a server that does not know it yet is sent the text. */
export async function runScript(
  client: RedisClient,
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | Buffer)[],
): Promise<unknown> {
  const { source, sha } = scripts[name];
  try {
    return await send(client, "evalsha", sha, keys, args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) {
      throw error;
    }
    return send(client, "eval", source, keys, args);
  }
}

/** Answers with bytes, where a plain call would make texts of them. */
async function send(
  client: RedisClient,
  command: "evalsha" | "eval",
  script: string,
  keys: readonly string[],
  args: readonly (string | Buffer)[],
): Promise<unknown> {
  holdBack(client);
  const all = [script, keys.length, ...keys, ...args];
  return client.sendCommand(new Command(command, all, { replyEncoding: null }));
}

const heldBack = new WeakSet<object>();

/**
 * Calls of one turn of the event loop travel together, in one write. The client's own pipelining would answer none of
 * them before the last, and send no others meanwhile.
 */
function holdBack(client: RedisClient): void {
  const stream = "stream" in client ? client.stream : undefined;
  if (stream === undefined || heldBack.has(stream)) {
    return;
  }
  heldBack.add(stream);
  stream.cork();
  setImmediate(() => {
    heldBack.delete(stream);
    stream.uncork();
  });
}

/** Answers of a server that is there but takes no call now. */
const notNow = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|NOREPLICAS|BUSY)\b/;

/** ioredis never sent it. */
const notSent = /\bisn't (writeable|ready)\b/;

/** Without what ioredis adds to its errors: the command with all its arguments, which name users. */
export function storeError(what: string, error: unknown): StoreDownError {
  if (error instanceof StoreDownError) {
    return error;
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const isAnswer = name === "ReplyError";
  const code = isAnswer && !notNow.test(message) ? "store_refused" : "store_unreachable";
  return new StoreDownError(code, `${what}: ${message}`, !isAnswer && !notSent.test(message));
}
