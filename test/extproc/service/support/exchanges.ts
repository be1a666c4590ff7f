import { randomUUID } from "node:crypto";
import { budgetNamespace, gatewayNamespace } from "../../../../extproc/contract";
import type { Ledger } from "../../../../extproc/ledger/ledger";
import { memoryLedger } from "../../../../extproc/ledger/memoryLedger";
import { ledgerPeriodOf } from "../../../../extproc/policy/claims";
import type { Policy } from "../../../../extproc/policy/policy";
import { type BudgetStoreOptions, budgetStore } from "../../../../extproc/service/budgetStore";
import { type Processor, type ProcessorOptions, processor } from "../../../../extproc/service/processor";
import type { BudgetStore } from "../../../../extproc/service/store";
import type { RequestSummary } from "../../../../extproc/service/summary";
import type {
  ExchangeHandler,
  HeaderReader,
  LogEntry,
  MetadataReader,
  ProcessingRequest,
  ProcessingResponse,
} from "../../../../extproc/wire/messages";
import { FlakyLedger } from "../../store/flakyLedger";
import { Recorder } from "../../store/support";

type Fields = Readonly<Record<string, unknown>>;
export type Metadata = Readonly<Record<string, Fields>>;
type Answer = Exclude<
  ProcessingResponse,
  { kind: "immediate" } | { kind: "requestTrailers" | "responseTrailers" }
>;
export type Immediate = Extract<ProcessingResponse, { kind: "immediate" }>;

function isAnswer(reply: ProcessingResponse): reply is Answer {
  return reply.kind.endsWith("Headers") || reply.kind.endsWith("Body");
}

/** A list: the header was sent so many times. */
export type TestHeaders = Readonly<Record<string, string | readonly string[]>>;

export function headersOf(headers: TestHeaders): HeaderReader {
  const all = (name: string) => (Object.hasOwn(headers, name) ? [headers[name] ?? []].flat() : []);
  return {
    get: (name) => all(name).at(-1),
    all,
    names: () => Object.keys(headers),
  };
}

export function metadataOf(namespaces: Metadata = {}): MetadataReader {
  return { get: (name) => (Object.hasOwn(namespaces, name) ? namespaces[name] : undefined) };
}

/** What AI Gateway says of a request that went well. */
export function gatewayUsage(input: number, output: number, more: Fields = {}): Metadata {
  return {
    [gatewayNamespace]: {
      llm_input_token: input,
      llm_output_token: output,
      backend_name: "default/a/route/m/rule/0/ref/0",
      ai_service_backend_name: "default/a",
      ...more,
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise((done) => setImmediate(done));
  }
}

/** A processor on a ledger that others may share, with everything that it told. */
export class Bench {
  readonly told = new Recorder();
  readonly summaries: RequestSummary[] = [];
  readonly ledger: FlakyLedger;
  readonly processor: Processor;
  readonly store: BudgetStore;

  constructor(
    public policy: Policy,
    options: Partial<Pick<ProcessorOptions, "settings" | "onRequest" | "keys">> & {
      readonly ledger?: Ledger;
      now?: () => number;
      /** The clock of keys. */
      clock?: () => number;
      store?: Partial<BudgetStoreOptions>;
    } = {},
  ) {
    const { ledger = memoryLedger(options.now === undefined ? {} : { now: options.now }), settings } =
      options;
    this.ledger = new FlakyLedger(ledger);
    this.store = budgetStore({ ledger: this.ledger, telemetry: this.told, ...options.store });
    this.processor = processor({
      policy: () => this.policy,
      store: this.store,
      telemetry: this.told,
      onRequest: options.onRequest ?? ((summary) => this.summaries.push(summary)),
      ...(settings === undefined ? {} : { settings }),
      ...(options.keys === undefined ? {} : { keys: options.keys }),
      ...(options.clock === undefined ? {} : { now: options.clock }),
    });
  }

  /** Takes log entries, and lets what follows from them happen. */
  async log(...entries: readonly LogEntry[]): Promise<void> {
    this.processor.log(entries);
    await turns();
  }

  exchange(): TestExchange {
    return new TestExchange(this.processor);
  }

  /** Used and held of every counter of a budget whose subject is this. */
  async figures(name: string, subject = ""): Promise<{ used: number; held: number }> {
    const budget = this.policy.budgets.find((one) => one.name === name);
    if (budget === undefined) {
      throw new Error(`no budget ${name}`);
    }
    const account = `${name}:${budget.unit}:${subject}`;
    const period = ledgerPeriodOf(budget, this.ledger.nowMs());
    const { accounts } = await this.ledger.inner.inspect([{ account, period, limit: budget.limit }]);
    return { used: accounts[0]?.used ?? -1, held: accounts[0]?.held ?? -1 };
  }

  /** Holds that are open, in the whole ledger. */
  async liveHolds(): Promise<number> {
    return (await this.ledger.inner.inspect([])).liveHolds;
  }

  failures(): unknown[][] {
    return this.told.of("failure");
  }
}

export interface TestRequest {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly metadata?: Metadata;
}

/** One request, as Envoy would tell of it. */
export class TestExchange {
  readonly replies: ProcessingResponse[] = [];
  readonly handler: ExchangeHandler;

  constructor(processor: Processor) {
    this.handler = processor.open((reply) => this.replies.push(reply));
  }

  get last(): ProcessingResponse {
    const reply = this.replies.at(-1);
    if (reply === undefined) {
      throw new Error("no answer yet");
    }
    return reply;
  }

  get answer(): Answer {
    const { last } = this;
    if (!isAnswer(last)) {
      throw new Error(JSON.stringify(last));
    }
    return last;
  }

  get immediate(): Immediate {
    const { last } = this;
    if (last.kind !== "immediate") {
      throw new Error(`let through: ${JSON.stringify(last)}`);
    }
    return last;
  }

  /** What our metadata says in the access log: all that was answered so far. */
  get own(): Record<string, string> {
    const all = this.replies.map((reply) =>
      "metadata" in reply ? reply.metadata?.[budgetNamespace] : undefined,
    );
    return Object.assign({}, ...all);
  }

  take(message: ProcessingRequest): void {
    this.handler.take(message);
  }

  sendHeaders(
    { path = "/v1/chat/completions", headers = {}, metadata }: TestRequest = {},
    endOfStream = false,
  ): void {
    const all = { ":path": path, ":method": "POST", "content-type": "application/json", ...headers };
    this.take({
      kind: "requestHeaders",
      headers: headersOf(all),
      endOfStream,
      metadata: metadataOf(metadata),
    });
  }

  sendBody(body: unknown): void {
    const text = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const bytes = Buffer.from(text);
    this.take({ kind: "requestBody", body: bytes, endOfStream: true, metadata: metadataOf() });
    // As the server may: the memory is used again at once.
    bytes.fill(0x20);
  }

  /** Headers and body; resolves with the answer to the body. */
  async request(request: TestRequest = {}): Promise<ProcessingResponse> {
    if (this.replies.length === 0) {
      this.sendHeaders(request);
    }
    this.sendBody(request.body ?? { model: "m", max_tokens: 100 });
    await turns();
    return this.last;
  }

  /** A piece of the answer's body; the first one tells the answer's status. */
  answerBody(chunk: string | Buffer, endOfStream = false, metadata: Metadata = {}, status?: number): Answer {
    const body = Buffer.from(chunk);
    this.take({ kind: "responseBody", body, endOfStream, metadata: metadataOf(metadata), status });
    body.fill(0x20);
    return this.answer;
  }

  async end(): Promise<void> {
    this.handler.end();
    await turns();
  }

  /** Its access log entry. */
  entry(more: Partial<LogEntry> = {}, metadata: Metadata = {}): LogEntry {
    return logEntry({ [budgetNamespace]: this.own, ...metadata }, more);
  }
}

export function logEntry(metadata: Metadata, more: Partial<LogEntry> = {}): LogEntry {
  return {
    metadata: metadataOf(metadata),
    status: 200,
    responseBodyBytes: 0,
    requestId: randomUUID(),
    isClientCut: false,
    isUpstreamCut: false,
    details: "via_upstream",
    ...more,
  };
}

/** A chunk of a streamed chat. */
export function chatFrame(content: string): string {
  return `data: ${JSON.stringify({ object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] })}\n\n`;
}

/** The end of a streamed chat: what was used, in a frame without choices. */
export function chatEnd(usage: Fields | undefined): string {
  const frame = usage === undefined ? "" : `data: ${JSON.stringify({ choices: [], usage })}\n\n`;
  return `${frame}data: [DONE]\n\n`;
}

/** What AI Gateway makes of another schema's stream for an Anthropic client: its input stays 0. */
export const translatedStream = [
  { type: "message_start", message: { role: "assistant", usage: { input_tokens: 0, output_tokens: 0 } } },
  { type: "content_block_delta", delta: { type: "text_delta", text: "Hello" } },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 12 } },
  { type: "message_stop" },
].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
