import { constants, createBrotliDecompress, createUnzip, createZstdDecompress, type Unzip } from "node:zlib";
import { anthropicUsage } from "./anthropicUsage";
import { Endpoint } from "./endpoint";
import { FrameReader } from "./frameReader";
import { openAiUsage } from "./openAiUsage";
import { SseReader } from "./sseReader";
import type { TextFeatures } from "./textFeatures";
import type { Usage } from "./usage";
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
  /** Bytes of the body, decoded. */
  readonly bytes: number;
}

/** What a response's body is read as. */
type Form = "stream" | "json" | "other" | "unknown";

/** No answer is so long; a small body that unfolds without end is. */
const mostDecodedBytes = 512 * 1024 * 1024;

/**
 * Reads one response while it passes, to find what it used. Chunks may be cut anywhere; memory does not grow with the
 * response; nothing that comes makes it throw. Compressed bodies are decoded on the way.
 */
export class ResponseReader {
  private readonly frames = new FrameReader();
  private readonly scanner = new UsageScanner();
  private readonly stream = new SseReader({
    event: (data) => this.frames.take(data),
    long: (piece, isLast) => this.takeLong(piece, isLast),
  });
  private longLine: UsageScanner | undefined;
  private readonly decoder: Unzip | undefined;
  private readonly decoded: Promise<void>;
  private form: Form;
  private bytes = 0;
  private isOver = false;

  constructor(
    private readonly endpoint: Endpoint,
    contentType: string | undefined,
    contentEncoding: string | undefined,
  ) {
    this.form = formOf(contentType);
    const decoder = decoderOf(contentEncoding);
    if (decoder === "unknown") {
      this.form = "other";
    }
    this.decoder = decoder === "unknown" ? undefined : decoder;
    this.decoded = this.decoder === undefined ? Promise.resolve() : this.readFrom(this.decoder);
  }

  /** Takes the next bytes of the body. They are not kept. */
  push(chunk: Buffer): void {
    if (this.isOver || chunk.length === 0) {
      return;
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
      decoder.on("error", () => done());
      decoder.on("close", () => done());
    });
  }

  private streamReport(isComplete: boolean): ResponseReport {
    const { usage, isFinal, isRunning, hasEnded, hasFailed, text, reasoning } = this.frames;
    return {
      isStream: this.form === "stream",
      isComplete,
      usage,
      isFinal: usage !== undefined && (isFinal || (isComplete && isRunning && !hasFailed)),
      isRunning,
      hasEnded,
      hasFailed,
      text,
      reasoning,
      bytes: this.bytes,
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
      bytes: this.bytes,
    };
  }

  private jsonUsage(): Usage | undefined {
    const { usage: json, items } = this.scanner;
    const images = this.endpoint === Endpoint.Images ? items : 0;
    const value = parsed(json);
    const usage = this.endpoint === Endpoint.Messages ? anthropicUsage(value) : openAiUsage(value);
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

function formOf(contentType: string | undefined): Form {
  const type = contentType?.toLowerCase() ?? "";
  if (type.includes("event-stream")) {
    return "stream";
  }
  if (type.includes("json")) {
    return "json";
  }
  return type === "" || type.startsWith("text/") ? "unknown" : "other";
}

function guess(chunk: Buffer): Form {
  const first = chunk.find((byte) => byte > 0x20);
  return first === undefined ? "unknown" : first === 0x7b || first === 0x5b ? "json" : "stream";
}

/** A decoder that takes bodies that were cut; `undefined` when nothing is to be decoded. */
function decoderOf(contentEncoding: string | undefined): Unzip | "unknown" | undefined {
  switch (contentEncoding?.trim().toLowerCase() ?? "") {
    case "":
    case "identity":
      return undefined;
    case "gzip":
    case "x-gzip":
    case "deflate":
      return createUnzip({ finishFlush: constants.Z_SYNC_FLUSH });
    case "br":
      return createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH });
    case "zstd":
      return createZstdDecompress({ finishFlush: constants.ZSTD_e_flush });
    default:
      return "unknown";
  }
}
