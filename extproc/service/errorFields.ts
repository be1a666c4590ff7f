import type { LogFields } from "./log";

const mostFrames = 8;

/**
 * What may be told of an error: its name, its code and where it was thrown. Not its message, which may repeat what was
 * read: a parser's holds a piece of the text, a store's the arguments of a call.
 */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) {
    return { error: typeof error };
  }
  const { stack = "", message } = error;
  // A message may have lines that look like frames.
  const frames = stack.slice(stack.indexOf(message) + message.length).split("\n");
  const at = frames
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, mostFrames)
    .map((line) => line.trim().slice(3));
  return { error: error.name, errorCode: codeOf(error), at };
}

/** A stable code of an error: its own, or the first word of what a Redis server answered. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) {
    return undefined;
  }
  const { code } = error as { readonly code?: unknown };
  if (typeof code === "string" || typeof code === "number") {
    return String(code);
  }
  return error.name === "ReplyError" ? /^[A-Z]+(?= )/.exec(error.message)?.[0] : undefined;
}
