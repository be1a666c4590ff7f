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

/** Answers with bytes where a plain call would make texts of them. */
function send(
  client: RedisClient,
  command: "evalsha" | "eval",
  script: string,
  keys: readonly string[],
  args: readonly (string | Buffer)[],
): Promise<unknown> {
  if (process.env["AUTO"]) return (client as any)[command + "Buffer"](script, keys.length, ...keys, ...args);
  const all = [script, keys.length, ...keys, ...args];
  return Promise.resolve(client.sendCommand(new Command(command, all, { replyEncoding: null })));
}

/** Rejects after `timeoutMs`, and turns every failure into a `StoreDownError` that says which kind it is. */
export async function withDeadline<T>(what: string, timeoutMs: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new StoreDownError("store_timeout", `${what} was not answered within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([answer, deadline]);
  } catch (error) {
    throw storeError(what, error);
  } finally {
    clearTimeout(timer);
  }
}

/** Answers of a server that is there but takes no call now. */
const notNow = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|NOREPLICAS|BUSY)\b/;

export function storeError(what: string, error: unknown): StoreDownError {
  if (error instanceof StoreDownError) {
    return error;
  }
  const cause = error instanceof Error ? error : new Error(String(error));
  const isAnswer = cause.name === "ReplyError" && !notNow.test(cause.message);
  return isAnswer
    ? new StoreDownError("store_refused", `${what}: ${cause.message}`, { cause })
    : new StoreDownError("store_unreachable", `${what}: ${cause.message}`, { cause });
}
