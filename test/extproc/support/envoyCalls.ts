import {
  ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  type StatusObject,
} from "@grpc/grpc-js";
import { logPath, processPath } from "../stream/harness";
import { decodeResponse, encodeLogMessage, encodeRequest, toMetadata } from "../wire/protos";

type Answer = Readonly<Record<string, unknown>>;
/** What filters before the processor have written, by namespace. */
type Metadata = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface ImmediateResponse {
  readonly status: { readonly code: number };
  /** Base64. */
  readonly body: string;
}

/** Speaks to a processor as Envoy does, by a gRPC library that is not ours. */
export class EnvoyClient {
  readonly #client: Client;

  /** `ca`: the authority of the processor's certificate. */
  constructor(port: number, ca?: string) {
    const channel =
      ca === undefined ? credentials.createInsecure() : ChannelCredentials.createSsl(Buffer.from(ca));
    // A channel of its own: others may have reached a processor that is gone by now.
    this.#client = new Client(`127.0.0.1:${port}`, channel, { "grpc.use_local_subchannel_pool": 1 });
  }

  call(): EnvoyCall {
    return new EnvoyCall(this.#client.makeBidiStreamRequest(processPath, encodeRequest, decodeResponse));
  }

  /** Opens a stream of access log entries; each is sent with its metadata. */
  openLog(): (metadata: Metadata) => void {
    const stream = this.#client.makeBidiStreamRequest(logPath, encodeLogMessage, () => ({}));
    stream.on("error", () => {});
    stream.write({});
    return (metadata) => {
      const commonProperties = { metadata: toMetadata(metadata) };
      stream.write({
        httpLogs: { logEntry: [{ commonProperties, response: { responseCode: { value: 200 } } }] },
      });
    };
  }

  close(): void {
    this.#client.close();
  }
}

/** One request of a client. */
export class EnvoyCall {
  readonly #answers: Answer[] = [];
  readonly #waiting: (() => void)[] = [];
  #status: StatusObject | undefined;

  constructor(private readonly stream: ClientDuplexStream<object, Answer>) {
    const wake = () => {
      for (const go of this.#waiting.splice(0)) {
        go();
      }
    };
    stream.on("data", (answer: Answer) => {
      this.#answers.push(answer);
      wake();
    });
    stream.on("error", () => {});
    stream.on("status", (status: StatusObject) => {
      this.#status = status;
      wake();
    });
  }

  /** Sends a request, a chat unless its path says otherwise; resolves with the last answer: it may be refused by its headers. */
  async request(
    body: object | undefined,
    headers: Readonly<Record<string, string>> = {},
    metadata: Metadata = {},
  ): Promise<Answer> {
    const all = {
      ":method": body === undefined ? "GET" : "POST",
      ":path": "/v1/chat/completions",
      "content-type": "application/json",
      ...headers,
    };
    const known = await this.send({
      requestHeaders: { headers: headerMap(all), endOfStream: body === undefined },
      metadataContext: toMetadata(metadata),
    });
    return body === undefined || refusalOf(known) !== undefined
      ? known
      : this.send({ requestBody: { body: Buffer.from(JSON.stringify(body)), endOfStream: true } });
  }

  /** The whole body of an answer that used so many tokens. */
  answerBody(text: string, inputTokens: number, outputTokens: number): Promise<Answer> {
    const usage = { prompt_tokens: inputTokens, completion_tokens: outputTokens };
    const choices = [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }];
    return this.send({
      responseBody: { body: Buffer.from(JSON.stringify({ choices, usage })), endOfStream: true },
    });
  }

  /** Sends a message and resolves with its answer. Rejects when the stream ends first. */
  async send(message: object): Promise<Answer> {
    const count = this.#answers.length + 1;
    this.stream.write(message);
    while (this.#answers.length < count) {
      if (this.#status !== undefined) {
        throw new Error(`the stream ended: ${this.#status.code} ${this.#status.details}`);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.#answers[count - 1] ?? {};
  }

  /** Ends it, as Envoy does when the client has the whole answer. */
  async end(): Promise<StatusObject> {
    this.stream.end();
    return this.ended();
  }

  /** Resolves when it is over, whoever ended it. */
  async ended(): Promise<StatusObject> {
    while (this.#status === undefined) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.#status;
  }
}

function headerMap(headers: Readonly<Record<string, string>>): object {
  return {
    headers: Object.entries(headers).map(([key, value]) => ({ key, rawValue: Buffer.from(value) })),
  };
}

/** The status of an answer that stands in place of the model's; `undefined` when it lets the request through. */
export function refusalOf(answer: Answer): number | undefined {
  return immediateOf(answer)?.status.code;
}

/** The body of such an answer. */
export function refusalBody(answer: Answer): unknown {
  return JSON.parse(Buffer.from(immediateOf(answer)?.body ?? "", "base64").toString());
}

function immediateOf(answer: Answer): ImmediateResponse | undefined {
  return answer["immediateResponse"] as ImmediateResponse | undefined;
}
