import { createHash } from "node:crypto";
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

/** Answers with bytes where a plain call would make texts of them. ioredis has these, and does not declare them. */
interface ByteScripts {
  evalshaBuffer(sha: string, keys: number, ...args: readonly (string | Buffer)[]): Promise<unknown>;
  evalBuffer(source: string, keys: number, ...args: readonly (string | Buffer)[]): Promise<unknown>;
}

/** One round trip: the script by its hash. Only a server that does not know it yet is sent the text. */
export async function runScript(
  client: RedisClient,
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | Buffer)[],
): Promise<unknown> {
  const { source, sha } = scripts[name];
  const commands = client as unknown as ByteScripts;
  try {
    return await commands.evalshaBuffer(sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) {
      throw error;
    }
    return commands.evalBuffer(source, keys.length, ...keys, ...args);
  }
}

/** Rejects after `timeoutMs`, and turns every failure into a `StoreDownError` that says which kind it is. */
export async function withDeadline<T>(what: string, timeoutMs: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    const isOver = () => {
      reject(new StoreDownError("store_timeout", `${what} was not answered within ${timeoutMs} ms`));
    };
    timer = setTimeout(() => {
      // Where this process was busy, the answer may be here and only unread: sockets are read before that turn.
      turn = setImmediate(isOver);
    }, timeoutMs);
  });
  try {
    return await Promise.race([answer, deadline]);
  } catch (error) {
    throw storeError(what, error);
  } finally {
    clearTimeout(timer);
    clearImmediate(turn);
  }
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
