/**
 * What Envoy and the processor say to each other, as far as it is used. `codec` reads and writes it; everything else
 * works with these types alone.
 */

/** Headers of a message. Names are in lower case; pseudo headers such as `:path` are among them. */
export interface HeaderReader {
  /** The value of a header, of several the last; `undefined` when it is not there. Bytes that are no UTF-8 are replaced. */
  get(name: string): string | undefined;
  /** Every value of a header, in their order: more than one where it was sent more than once. */
  all(name: string): readonly string[];
  /** Names of all headers, in their order; one that is there twice may be named twice. */
  names(): readonly string[];
}

/** Envoy's dynamic metadata: namespace -> what stands there, read only when it is asked for. */
export interface MetadataReader {
  /**
   * A namespace as plain JSON values; `undefined` when it is not there. With `members`, which are ASCII, others may be
   * left out: namespaces are long, and few of their members are read.
   */
  get(namespace: string, members?: readonly string[]): Readonly<Record<string, unknown>> | undefined;
}

/** One message of Envoy on the stream of a request. */
export type ProcessingRequest =
  | {
      readonly kind: "requestHeaders";
      readonly headers: HeaderReader;
      /** No body follows. */
      readonly endOfStream: boolean;
      readonly metadata: MetadataReader;
    }
  | {
      readonly kind: "responseHeaders";
      readonly headers: HeaderReader;
      /** No body follows. */
      readonly endOfStream: boolean;
      readonly metadata: MetadataReader;
      /** Of the request, where Envoy is configured to tell. */
      readonly path?: string | undefined;
      /** Envoy's response code details, where it is configured to tell. */
      readonly details?: string | undefined;
    }
  | {
      readonly kind: "requestBody";
      /** Valid only until the handler returns: it may be a window into a buffer that is used again. */
      readonly body: Buffer;
      readonly endOfStream: boolean;
      readonly metadata: MetadataReader;
    }
  | {
      readonly kind: "responseBody";
      /** Valid only until the handler returns: it may be a window into a buffer that is used again. */
      readonly body: Buffer;
      readonly endOfStream: boolean;
      readonly metadata: MetadataReader;
      /** Of the answer; only its first piece tells it, where Envoy is configured to. */
      readonly status: number | undefined;
    }
  | { readonly kind: "requestTrailers" | "responseTrailers" }
  /** A message of a kind that this processor does not know. */
  | { readonly kind: "unknown" };

/**
 * How much of a message Envoy is to send from here on. Headers and trailers that are absent stay as they are configured.
 * Envoy takes both bodies from every override: absent, the request's is `buffered` and the response's `none`.
 */
export interface ModeOverride {
  readonly requestBody?: "none" | "buffered";
  readonly responseHeaders?: "send" | "skip";
  readonly responseBody?: "none" | "streamed";
  readonly responseTrailers?: "send" | "skip";
}

/** What is changed about a message on its way. */
export interface Mutation {
  /** Headers to set, in place of any that are there. */
  readonly setHeaders?: readonly (readonly [string, string])[];
  readonly removeHeaders?: readonly string[];
  /** The body in place of the one that came; Envoy corrects `content-length` only when it is removed or set here. */
  readonly body?: Buffer;
  /** The route is chosen anew, with the headers as they are now. */
  readonly clearRouteCache?: boolean;
}

/** The answer to one message of Envoy. */
export type ProcessingResponse =
  | {
      /** Which message this answers: Envoy refuses an answer of another kind. */
      readonly kind: "requestHeaders" | "requestBody" | "responseHeaders" | "responseBody";
      readonly mutation?: Mutation;
      /** Counts only in answers to headers. */
      readonly mode?: ModeOverride;
      /** Namespace -> key -> text: dynamic metadata to set. */
      readonly metadata?: Readonly<Record<string, Readonly<Record<string, string>>>>;
    }
  | { readonly kind: "requestTrailers" | "responseTrailers" }
  | {
      /** The client gets this in place of a model's answer. */
      readonly kind: "immediate";
      readonly status: number;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: string;
      /** What Envoy's own log calls it. */
      readonly details: string;
      readonly metadata?: Readonly<Record<string, Readonly<Record<string, string>>>>;
    };

/** One request, as Envoy's access log tells it once it is over. */
export interface LogEntry {
  readonly metadata: MetadataReader;
  /** Status that the client got; 0 when it got none. */
  readonly status: number;
  readonly responseBodyBytes: number;
  readonly requestId: string;
  /** The client went away before the answer had ended. */
  readonly isClientCut: boolean;
  /** The connection to the provider broke, or it timed out, before the answer had ended. */
  readonly isUpstreamCut: boolean;
  /** Envoy's response code details, for example `via_upstream`. */
  readonly details: string;
}

/** One request of a client, from its headers to its end. */
export interface ExchangeHandler {
  /** Takes the next message. Must not throw. */
  take(message: ProcessingRequest): void;
  /** The stream is over: in order, cut by either side, or broken. Told once, and nothing follows. */
  end(): void;
}

/** Where messages go. Implemented by the processor, called by the server. */
export interface MessageHandler {
  /** A new request; `send` answers its messages, in their order, and does nothing once the stream is over. */
  open(send: (response: ProcessingResponse) => void): ExchangeHandler;
  /** Access log entries, as they arrive. */
  log(entries: readonly LogEntry[]): void;
}

/** A server that speaks both protocols of Envoy. */
export interface ProcessorServer {
  /** The port that it listens on; 0 once it is closed. */
  readonly port: number;
  /** Requests of clients that run. Streams of logs do not count: Envoy never ends them. */
  readonly openStreams: number;
  /**
   * Takes no new streams, and resolves when the requests that run have ended, or after `timeoutMs`, when they are cut.
   * Log entries still arrive until `endLogs`: Envoy sends those of the last requests up to a second after their end.
   */
  drain(timeoutMs: number): Promise<void>;
  /**
   * Sends Envoy's logs elsewhere, and resolves when everything that was on its way has been taken, or after
   * `timeoutMs`.
   */
  endLogs(timeoutMs: number): Promise<void>;
  /**
   * Connections from now on see this key and certificate. Whether client certificates are asked for stays.
   * @throws Error when the server has no TLS, or key and certificate do not fit; the old ones stay.
   */
  replaceTls(tls: ServerTls): void;
  /** Cuts everything. */
  close(): Promise<void>;
}

/** PEM texts. `clientCa` asks for a client certificate that it has signed. */
export interface ServerTls {
  readonly key: string;
  readonly cert: string;
  readonly clientCa?: string;
}

/** How the server is reached. */
export interface ServerOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Default: all interfaces. */
  readonly host?: string;
  /** Default: none. `replaceTls` changes it while the server runs. */
  readonly tls?: ServerTls;
  /** Told of what goes wrong on a connection; the server goes on. */
  readonly onError?: (error: Error) => void;
}
