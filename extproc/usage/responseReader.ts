import { constants, createBrotliDecompress, createUnzip, createZstdDecompress, type Unzip } from "node:zlib";
import { anthropicUsage } from "./anthropicUsage";
import { Endpoint } from "./endpoint";
import { FrameReader } from "./frameReader";
import { openAiUsage } from "./openAiUsage";
import { SseReader } from "./sseReader";
import type { TextFeatures } from "./textFeatures";
import type { UntoldWrites, Usage } from "./usage";
import { UsageScanner } from "./usageScanner";

/** What an answer said about its usage, and what was seen of it. */
export interface ResponseReport {
  /** It is, or was to be, a stream of events. */
  readonly isStream: boolean;
  /** It came to its end; the other side or the client cut it otherwise. */
  readonly isComplete: boolean;
  /** As it was reported last; `undefined` when nothing was. */
  readonly usage: Usage | undefined;
  /** The usage is for the whole answer. */
  readonly isFinal: boolean;
  /** The usage is of the last text that came, though the answer went no further. */
  readonly isRunning: boolean;
  /** The answer came to its own end. */
  readonly hasEnded: boolean;
  /** It holds an error. */
  readonly hasFailed: boolean;
  /** Text that came, where the answer was a stream. */
  readonly text: TextFeatures;
  readonly reasoning: TextFeatures;
  /** Bytes of the body, decoded where that was possible. */
  readonly bytes: number;
}

/** What a response's body is read as. */
type Form = "stream" | "json" | "other" | "unknown";

/** No answer is so long; a small body that unfolds without end is. */
const mostDecodedBytes = 512 * 1024 * 1024;

/**
 * Reads one response while it passes, to find what it used. Chunks may be cut anywhere; memory does not grow with the
 * response; nothing that comes makes it throw. What it is, and how it is compressed, its first bytes tell: there are no
 * headers to ask.
 */
export class ResponseReader {
  private readonly frames: FrameReader;
  private readonly scanner = new UsageScanner();
  private readonly stream = new SseReader({
    event: (data) => this.frames.take(data),
    long: (piece, isLast) => this.takeLong(piece, isLast),
  });
  private longLine: UsageScanner | undefined;
  private decoder: Unzip | undefined;
  private decoded: Promise<void> | undefined;
  private form: Form = "unknown";
  private bytes = 0;
  private sentBytes = 0;
  private hasBegun = false;
  /** It is compressed in a way that cannot be undone here, or was broken on its way. */
  private isUnreadable = false;
  private isOver = false;

  /** `asksForStream`: what the client asked for; it counts until the first byte came. */
  constructor(
    private readonly endpoint: Endpoint,
    private readonly asksForStream: boolean,
    private readonly untold?: UntoldWrites,
  ) {
    this.frames = new FrameReader(untold);
  }

  /** Takes the next bytes of the body. They are not kept. */
  push(chunk: Buffer): void {
    if (this.isOver || chunk.length === 0) {
      return;
    }
    this.sentBytes += chunk.length;
    if (!this.hasBegun) {
      this.hasBegun = true;
      this.decoder = decoderOf(chunk);
      this.decoded = this.decoder === undefined ? undefined : this.readFrom(this.decoder);
    }
    if (this.decoder === undefined) {
      this.take(chunk);
    } else if (!this.decoder.destroyed) {
      // Decoding happens later, when the chunk may have been used again.
      this.decoder.write(Buffer.from(chunk));
    }
  }

  /** Ends the body: `isComplete` when it came to its end, and was not cut by either side. */
  async finish(isComplete: boolean): Promise<ResponseReport> {
    if (!this.isOver) {
      this.isOver = true;
      if (this.decoder?.destroyed === false) {
        this.decoder.end();
      }
      await this.decoded;
      this.stream.end();
    }
    return this.form === "json" ? this.jsonReport(isComplete) : this.streamReport(isComplete);
  }

  /** A stream of which nothing could be read is not one without text. */
  private get isStream(): boolean {
    const { usage, text, reasoning } = this.frames;
    const isSeen = usage !== undefined || !text.isEmpty || !reasoning.isEmpty;
    const isMeant = this.form === "stream" || (this.form === "unknown" && this.asksForStream);
    return isMeant && (isSeen || !this.isUnreadable);
  }

  private take(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.form === "unknown") {
      this.form = guess(chunk);
    }
    if (this.form === "stream") {
      this.stream.push(chunk);
    } else if (this.form === "json") {
      this.scanner.push(chunk);
    }
  }

  private takeLong(piece: Buffer, isLast: boolean): void {
    this.longLine ??= new UsageScanner();
    this.longLine.push(piece);
    if (isLast) {
      const { usage } = this.longLine;
      this.longLine = undefined;
      if (usage !== undefined) {
        this.frames.takeUsage(usage);
      }
    }
  }

  private readFrom(decoder: Unzip): Promise<void> {
    return new Promise((done) => {
      decoder.on("data", (piece: Buffer) => {
        this.take(piece);
        if (this.bytes > mostDecodedBytes) {
          decoder.destroy();
        }
      });
      decoder.on("error", () => {
        this.isUnreadable = true;
        done();
      });
      decoder.on("close", () => done());
    });
  }

  private streamReport(isComplete: boolean): ResponseReport {
    const { usage, isFinal, isRunning, hasEnded, hasFailed, text, reasoning } = this.frames;
    return {
      isStream: this.isStream,
      isComplete,
      usage,
      isFinal: usage !== undefined && (isFinal || (isComplete && isRunning && !hasFailed)),
      isRunning,
      hasEnded,
      hasFailed,
      text,
      reasoning,
      bytes: this.seenBytes,
    };
  }

  private jsonReport(isComplete: boolean): ResponseReport {
    const usage = this.jsonUsage();
    const { text, reasoning } = this.frames;
    return {
      isStream: false,
      isComplete,
      usage,
      isFinal: usage !== undefined,
      isRunning: false,
      hasEnded: usage !== undefined,
      hasFailed: this.scanner.hasError,
      text,
      reasoning,
      bytes: this.seenBytes,
    };
  }

  /** What a decoder makes of something else is little or nothing. */
  private get seenBytes(): number {
    const isDecoded = this.bytes > 0 && !this.isUnreadable;
    return isDecoded ? this.bytes : Math.max(this.bytes, this.sentBytes);
  }

  private jsonUsage(): Usage | undefined {
    const { usage: json, items } = this.scanner;
    const images = this.endpoint === Endpoint.Images ? items : 0;
    const value = parsed(json);
    const read = this.endpoint === Endpoint.Messages ? anthropicUsage : openAiUsage;
    const usage = read(value, this.untold);
    return usage === undefined || images === 0 ? usage : { ...usage, images };
  }
}

function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

const bytesOf = (text: string): ReadonlySet<number> => new Set(Buffer.from(text, "latin1"));
const spaces = bytesOf(" \t\r\n");
const jsonStarts = bytesOf("{[");
/** Of `data`, `event`, `id`, `retry`, comments, and a byte order mark. */
const eventStarts = bytesOf("deir:\xef");
/** What may follow on `[` in JSON. In brotli it is an answer of 64 KiB to 1 MiB that was compressed as a whole. */
const listStarts = bytesOf(' \t\r\n{["]-0123456789tfn');
const openList = 0x5b;
/** The first byte may be brotli's, too. */
const gzipStart = [0x1f, 0x8b] as const;
/** Of the zlib format, which HTTP calls deflate. */
const zlibStart = 0x78;
const zstdStart = 0x28;

function guess(chunk: Buffer): Form {
  const first = chunk.find((byte) => !spaces.has(byte));
  if (first === undefined) {
    return "unknown";
  }
  return jsonStarts.has(first) ? "json" : eventStarts.has(first) ? "stream" : "other";
}

/** A decoder that takes bodies that were cut, by the first bytes of one; `undefined` when nothing is to be decoded. */
function decoderOf([first = 0x20, second]: Buffer): Unzip | undefined {
  const isText = spaces.has(first) || jsonStarts.has(first) || eventStarts.has(first);
  if (isText && (first !== openList || second === undefined || listStarts.has(second))) {
    return undefined;
  }
  const isGzip = first === gzipStart[0] && (second === undefined || second === gzipStart[1]);
  if (isGzip || first === zlibStart) {
    return createUnzip({ finishFlush: constants.Z_SYNC_FLUSH });
  }
  return first === zstdStart
    ? createZstdDecompress({ finishFlush: constants.ZSTD_e_flush })
    : // Brotli has no mark. What is nothing that we know stops it soon.
      createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH });
}
