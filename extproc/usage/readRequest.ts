import { Endpoint } from "./endpoint";
import { MediaCounter } from "./mediaCounter";
import type { CapField, ModelRequest } from "./modelRequest";
import { readMultipart } from "./multipart";
import type { RequestProblem } from "./problem";
import { countPrompts } from "./prompts";
import { scanJson } from "./scanJson";

/** The request, or why it cannot be taken. */
export type ReadRequest =
  | { readonly request: ModelRequest; readonly problem?: undefined }
  | { readonly request?: undefined; readonly problem: RequestProblem };

const capNames: readonly string[] = ["max_tokens", "max_completion_tokens", "max_output_tokens"];

/** Members that are read, each with the largest value that makes sense, in bytes; 0: of any size. */
const memberSizes: ReadonlyMap<string, number> = new Map([
  ["model", 1024],
  ["stream", 16],
  ["stream_format", 64],
  ["stream_options", 0],
  ...capNames.map((name) => [name, 64] as const),
  ["n", 64],
  ["best_of", 64],
  ["prompt", 0],
  ["input", 0],
  ["messages", 0],
  ["prediction", 0],
  ["thinking", 4096],
  ["modalities", 1024],
  ["previous_response_id", 0],
  ["conversation", 0],
]);
const longestName = Math.max(...[...memberSizes.keys()].map((name) => name.length));

/** Choices and images that one request can ask for. */
const mostChoices = 1_000_000;

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads what a request says about its model and size, from the bytes that the gateway will read too. Never throws.
 * What two readers could understand differently is refused: a member twice, a member in other letter case, a value of
 * the wrong type.
 */
export function readRequest(endpoint: Endpoint, contentType: string | undefined, body: Buffer): ReadRequest {
  // The gateway takes everything that is not multipart for JSON, whatever it is said to be.
  if (contentType !== undefined && /^multipart\/form-data/i.test(contentType)) {
    return readMultipart(endpoint, contentType, body);
  }
  const found = new FoundMembers();
  const media = new MediaCounter(body);
  let problem: RequestProblem | undefined;
  const isObject = scanJson(body, {
    member: (keyStart, keyEnd, start, end) => {
      const name = memberName(body, keyStart, keyEnd);
      if (name !== undefined) {
        problem = checkMember(name, found.has(name), end - start);
        found.add(name, start, end);
      }
      return problem === undefined;
    },
    inner: (keyStart, keyEnd, start, end) => media.see(keyStart, keyEnd, start, end),
  });
  if (problem !== undefined || !isObject) {
    return { problem: problem ?? bad("The body is not a JSON object.") };
  }
  return new MemberReader(endpoint, body, found, media).read();
}

/** The name of a member that is read, also when it is written with escapes or in other case; else `undefined`. */
function memberName(body: Buffer, start: number, end: number): string | undefined {
  // The longest way to write a character is an escape of six bytes.
  if (end - start > 6 * longestName) {
    return undefined;
  }
  const raw = body.toString("utf8", start, end);
  if (memberSizes.has(raw)) {
    return raw;
  }
  const name = raw.includes("\\") ? unescaped(raw) : raw;
  // Letters that only fold to those of a name count too: long s and the kelvin sign.
  const folded = name.toLowerCase().replaceAll("\u017f", "s");
  return memberSizes.has(folded) ? name : undefined;
}

function unescaped(raw: string): string {
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}

function checkMember(name: string, isSecond: boolean, size: number): RequestProblem | undefined {
  const most = memberSizes.get(name);
  if (most === undefined) {
    return bad(`"${name.slice(0, 64)}" differs from a known member in letter case only.`);
  }
  if (isSecond) {
    return bad(`"${name}" is given twice.`);
  }
  return most > 0 && size > most ? bad(`"${name}" is too long.`) : undefined;
}

function bad(message: string): RequestProblem {
  return { status: 400, message };
}

/** Members with the places of their values. A request has three or four of them: a map would be most of the work. */
class FoundMembers {
  private readonly members: ({ readonly name: string } & Span)[] = [];

  add(name: string, start: number, end: number): void {
    this.members.push({ name, start, end });
  }

  get(name: string): Span | undefined {
    for (const member of this.members) {
      if (member.name === name) {
        return member;
      }
    }
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }
}

/** Turns the members that were found into a request; the first problem ends it. */
class MemberReader {
  private problem: RequestProblem | undefined;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly body: Buffer,
    private readonly found: FoundMembers,
    private readonly media: MediaCounter,
  ) {}

  read(): ReadRequest {
    const model = this.value("model");
    if (typeof model !== "string" || model === "") {
      this.problem ??= bad('"model" is not a name.');
    }
    const isTextEndpoint = this.endpoint === Endpoint.Completions || this.endpoint === Endpoint.Embeddings;
    const input = isTextEndpoint ? this.prompts() : { prompts: 1, tokens: 0, bytes: 0 };
    const n = this.count("n");
    const isImages = this.endpoint === Endpoint.Images;
    const writesCache = this.body.includes('"cache_control"');
    const perPrompt = Math.max(n, this.count("best_of"));
    const request: ModelRequest = {
      endpoint: this.endpoint,
      model: typeof model === "string" ? model : "",
      stream: this.isStream(),
      caps: this.caps(),
      choices: Math.min(
        mostChoices,
        perPrompt * (this.endpoint === Endpoint.Completions ? input.prompts : 1),
      ),
      images: isImages ? n : 0,
      textBytes: Math.max(0, this.body.length - this.media.bytes - input.bytes),
      tokenInputs: input.tokens,
      imageParts: this.media.images,
      fileParts: this.media.files,
      audioParts: this.media.audio,
      predictionBytes: this.sizeOf("prediction"),
      thinkingTokens: this.thinkingTokens(),
      hasStoredInput:
        this.isSet("previous_response_id") ||
        this.isSet("conversation") ||
        (this.endpoint === Endpoint.Responses && this.isSet("prompt")),
      writesCache,
      // Whatever has this value: too long a time never charges too little.
      keepsForHour: writesCache && this.body.includes('"1h"'),
      mayAnswerAudio: this.endpoint === Endpoint.Speech || this.text("modalities").includes("audio"),
    };
    return this.problem === undefined ? { request } : { problem: this.problem };
  }

  private text(name: string): string {
    const span = this.found.get(name);
    return span === undefined ? "" : this.body.toString("utf8", span.start, span.end);
  }

  /** A small value; `undefined` when absent or null. */
  private value(name: string): unknown {
    const text = this.text(name);
    try {
      return text === "" ? undefined : (JSON.parse(text) ?? undefined);
    } catch {
      this.problem ??= bad(`"${name}" is not valid JSON.`);
      return undefined;
    }
  }

  private sizeOf(name: string): number {
    const span = this.found.get(name);
    return span === undefined || !this.isSet(name) ? 0 : span.end - span.start;
  }

  private isSet(name: string): boolean {
    const span = this.found.get(name);
    return span !== undefined && !(span.end - span.start === 4 && this.text(name) === "null");
  }

  private isStream(): boolean {
    if (this.endpoint === Endpoint.Speech) {
      return this.value("stream_format") === "sse";
    }
    const stream = this.value("stream");
    if (stream !== undefined && typeof stream !== "boolean") {
      this.problem ??= bad('"stream" is neither true nor false.');
    }
    return stream === true;
  }

  /** A number of choices: at least 1. */
  private count(name: string): number {
    const value = this.value(name);
    if (value === undefined) {
      return 1;
    }
    if (typeof value !== "number" || value > mostChoices) {
      this.problem ??= bad(`"${name}" is not a number up to ${mostChoices}.`);
      return 1;
    }
    return Math.max(1, Math.ceil(value));
  }

  private caps(): readonly CapField[] {
    const caps: CapField[] = [];
    for (const name of capNames) {
      const span = this.found.get(name);
      if (span === undefined) {
        continue;
      }
      const value = this.value(name);
      if (value !== undefined && typeof value !== "number") {
        this.problem ??= bad(`"${name}" is not a number.`);
        continue;
      }
      const cap = value !== undefined && value < 0 ? Number.POSITIVE_INFINITY : value;
      caps.push({
        name,
        value: cap === undefined ? undefined : Math.ceil(cap),
        start: span.start,
        end: span.end,
      });
    }
    return caps;
  }

  private thinkingTokens(): number | undefined {
    const thinking = this.value("thinking");
    const isObject = typeof thinking === "object" && thinking !== null && "budget_tokens" in thinking;
    const tokens = isObject ? thinking.budget_tokens : undefined;
    return typeof tokens === "number" && tokens >= 0 ? Math.ceil(tokens) : undefined;
  }

  private prompts() {
    const span = this.found.get(this.endpoint === Endpoint.Completions ? "prompt" : "input");
    return span === undefined
      ? { prompts: 1, tokens: 0, bytes: 0 }
      : countPrompts(this.body, span.start, span.end);
  }
}
