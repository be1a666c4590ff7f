import type { DestinationStream } from "pino";
import type { Ledger } from "./ledger/ledger";
import type { PolicyProblem } from "./policy/documentReader";
import type { Policy } from "./policy/policy";
import { budgetStore } from "./service/budgetStore";
import { followCertificate, readCertificate } from "./service/certificateFiles";
import type { CurrentKeys } from "./service/currentKeys";
import type { CurrentPolicy } from "./service/currentPolicy";
import { errorFields } from "./service/errorFields";
import { FirstContact } from "./service/firstContact";
import { type Health, healthOf } from "./service/health";
import { type HealthServer, startHealthServer } from "./service/healthServer";
import { createLog, type Log } from "./service/log";
import { withLog } from "./service/logTelemetry";
import { createMetrics, type Metrics } from "./service/metrics";
import { keepSettledMsOf, liveHoldsOf, openLedger, statesOf } from "./service/openLedger";
import { PolicyFile } from "./service/policyFile";
import { type Processor, processor } from "./service/processor";
import type { Settings } from "./service/settings";
import { Shutdown } from "./service/shutdown";
import { PolicyRefusedError, watchedKeys, watchedPolicy } from "./service/startPolicy";
import { Board, withBoard } from "./service/status/board";
import { type StatusPage, statusPage } from "./service/status/statusPage";
import type { BudgetStore } from "./service/store";
import type { OnRequest } from "./service/summary";
import { startServer } from "./stream";
import type { ProcessorServer } from "./wire/messages";

export { PolicyRefusedError } from "./service/startPolicy";

/** What a processor is started with. */
export interface StartOptions {
  readonly settings: Settings;
  /** The policy document, in place of `settings.policyFile`. `update` replaces it. */
  readonly policy?: unknown;
  /** What a keys file would say, in place of `settings.keysFile`. `updateKeys` replaces it. */
  readonly keys?: unknown;
  /** Told of every request that is over. Default: nobody is. */
  readonly onRequest?: OnRequest;
  /** Where the log goes, line by line. Default: standard output. */
  readonly log?: DestinationStream;
  /** Whether metrics tell of the process, too: memory, CPU, event loop. Default: false. */
  readonly ofProcess?: boolean;
}

/** A processor that serves Envoy. */
export interface RunningProcessor {
  /** gRPC: external processing and access log. */
  readonly port: number;
  /** HTTP: `/live`, `/ready`, `/metrics`, `/status`. */
  readonly healthPort: number;
  readonly log: Log;
  health(): Health;
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
  /** Puts another policy in force, or returns everything that is wrong with it; then the one before it stays. */
  update(document: unknown): readonly PolicyProblem[];
  /** Puts other keys in force, or returns everything that is wrong with them; then those before stay. */
  updateKeys(document: unknown): readonly PolicyProblem[];
  /** Ends in order: see `Shutdown`. `delayMs` replaces that of the settings. */
  drain(delayMs?: number): Promise<void>;
  /** Ends at once, whatever runs. */
  close(): Promise<void>;
}

/** For what the ledger has not taken when a processor ends, and for warnings that are under way. */
const storeCloseMs = 10_000;
/** How long the store is waited for before requests are taken, since the first ones would fail without it. */
const firstContactMs = 2_000;

/**
 * Starts a processor with everything around it.
 * @throws PolicyRefusedError when there is no policy to start with; any other error when a port is taken or a
 * certificate does not fit. Then nothing is left running.
 */
export async function startProcessor(options: StartOptions): Promise<RunningProcessor> {
  const service = new Service(options);
  try {
    await service.start();
    return service;
  } catch (error) {
    await service.close();
    throw error;
  }
}

class Service implements RunningProcessor {
  readonly log: Log;
  readonly #settings: Settings;
  readonly #metrics: Metrics;
  readonly #keys: CurrentKeys;
  /** Absent where nobody wants to look. */
  readonly #board: Board | undefined;
  readonly #current: CurrentPolicy;
  readonly #ledger: Ledger;
  readonly #contact: FirstContact;
  readonly #store: BudgetStore;
  readonly #processor: Processor;
  readonly #watches: { close(): void }[] = [];
  #server: ProcessorServer | undefined;
  #healthServer: HealthServer | undefined;
  #shutdown: Shutdown | undefined;

  constructor(private readonly options: StartOptions) {
    const { settings, onRequest } = options;
    this.#settings = settings;
    this.log = createLog({ level: settings.logLevel, destination: options.log });
    this.#metrics = createMetrics({
      genAi: settings.genAiMetrics,
      ofProcess: options.ofProcess ?? false,
      state: {
        openStreams: () => this.#server?.openStreams ?? 0,
        liveHolds: () => liveHoldsOf(this.#ledger),
        isPolicyStale: () => this.#current.problems.length > 0,
        areKeysStale: () => this.#keys.problems.length > 0,
        hasStoreAnswered: () => this.#contact.isMade,
      },
    });
    this.#keys = watchedKeys(this.log, this.#metrics);
    this.#current = watchedPolicy(settings, this.#keys, this.log, this.#metrics);
    this.#ledger = openLedger(settings, this.log);
    this.#contact = new FirstContact(this.#ledger, (error) =>
      this.log.warn("store_waiting", "the store has not answered yet", errorFields(error)),
    );
    this.#board = settings.statusPage ? new Board() : undefined;
    const counted = this.#board === undefined ? this.#metrics : withBoard(this.#metrics, this.#board);
    const telemetry = withLog(counted, this.log);
    const { holdMs, logWaitMs, maxBodyBytes, lifetimeSignal } = settings;
    const keepSettledMs = keepSettledMsOf(settings);
    this.#store = budgetStore({ ledger: this.#ledger, telemetry, holdMs, keepSettledMs });
    this.#processor = processor({
      policy: () => this.#policy(),
      keys: () => this.#keys.keys,
      store: this.#store,
      telemetry,
      settings: { logWaitMs, maxBodyBytes, lifetimeSignal },
      ...(onRequest === undefined ? {} : { onRequest }),
    });
  }

  get port(): number {
    return this.#server?.port ?? 0;
  }

  get healthPort(): number {
    return this.#healthServer?.port ?? 0;
  }

  async start(): Promise<void> {
    const { port, healthPort, host, store } = this.#settings;
    this.#readPolicy();
    this.#healthServer = await startHealthServer(
      {
        health: () => this.health(),
        metrics: this.#metrics,
        status: this.#statusPage(),
        onError: (error) => this.log.error("scrape_failed", "metrics cannot be told", errorFields(error)),
      },
      { port: healthPort, host },
    );
    await this.#contact.within(firstContactMs);
    await this.#serve(port, host);
    const ports = { port: this.port, healthPort: this.healthPort };
    this.log.info("started", "requests are taken", { ...ports, store: store.kind });
  }

  health(): Health {
    return healthOf({
      policy: this.#current.policy,
      problems: this.#stale(),
      isServing: this.#server !== undefined,
      isDraining: this.#shutdown?.isBegun ?? false,
      storeIsUp: this.#store.isUp,
      storeWasUp: this.#contact.isMade,
    });
  }

  metrics(): Promise<string> {
    return this.#metrics.scrape();
  }

  update(document: unknown): readonly PolicyProblem[] {
    return this.#current.offer(document).problems;
  }

  updateKeys(document: unknown): readonly PolicyProblem[] {
    return this.#keys.offer(document);
  }

  async drain(delayMs?: number): Promise<void> {
    await this.#end((shutdown) => shutdown.gracefully(delayMs));
  }

  async close(): Promise<void> {
    await this.#end((shutdown) => shutdown.atOnce());
  }

  #statusPage(): StatusPage | undefined {
    const board = this.#board;
    return board === undefined
      ? undefined
      : statusPage({
          board,
          policy: () => this.#current.policy,
          health: () => this.health(),
          openRequests: () => this.#server?.openStreams ?? 0,
          nowMs: () => this.#ledger.nowMs(),
          inspect: (queries) => statesOf(this.#ledger, queries),
          onError: (error) =>
            this.log.error("status_failed", "the status page cannot be told", errorFields(error)),
        });
  }

  #policy(): Policy {
    const { policy } = this.#current;
    if (policy === undefined) {
      throw new Error("requests are taken before there is a policy");
    }
    return policy;
  }

  /** What is wrong with the newest policy and the newest keys, which are not in force. */
  #stale(): readonly PolicyProblem[] {
    return [...this.#current.problems, ...this.#keys.problems];
  }

  /** The keys first: a policy that names some needs them. */
  #readPolicy(): void {
    const { policyFile, keysFile } = this.#settings;
    if (this.options.keys !== undefined) {
      this.#keys.offer(this.options.keys);
    } else if (keysFile !== undefined) {
      this.#watches.push(new PolicyFile(keysFile, this.#keys));
    }
    if (this.options.policy !== undefined) {
      this.#current.offer(this.options.policy);
    } else if (policyFile !== undefined) {
      this.#watches.push(new PolicyFile(policyFile, this.#current));
    }
    if (this.#current.policy === undefined) {
      throw new PolicyRefusedError(this.#stale());
    }
  }

  async #serve(port: number, host: string | undefined): Promise<void> {
    const { tls: files } = this.#settings;
    const tls = files === undefined ? undefined : readCertificate(files);
    const server = await startServer(this.#processor, {
      port,
      ...(host === undefined ? {} : { host }),
      ...(tls === undefined ? {} : { tls }),
      onError: (error) => this.log.warn("connection", "a connection or a stream broke", errorFields(error)),
    });
    this.#server = server;
    if (files !== undefined && tls !== undefined) {
      this.#watches.push(
        followCertificate(files, tls, {
          replace: (certificate) => server.replaceTls(certificate),
          replaced: () => this.log.info("certificate_replaced", "new connections see the new certificate"),
          failed: (error) => {
            const sentence = "the new certificate cannot be used; the one before it stays";
            this.log.error("certificate_refused", sentence, errorFields(error));
          },
        }),
      );
    }
  }

  async #end(how: (shutdown: Shutdown) => Promise<void>): Promise<void> {
    const { drainDelayMs: delayMs, drainMs, logWaitMs } = this.#settings;
    this.#shutdown ??= new Shutdown({
      server: this.#server,
      processor: this.#processor,
      store: this.#store,
      ...{ delayMs, drainMs, logWaitMs, storeMs: storeCloseMs },
    });
    this.#contact.end();
    await how(this.#shutdown);
    for (const watch of this.#watches.splice(0)) {
      watch.close();
    }
    await this.#healthServer?.close();
    this.log.flush();
  }
}
