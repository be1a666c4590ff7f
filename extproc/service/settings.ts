import { createSecureContext } from "node:tls";
import { readStore, type StoreSettings } from "./redisSettings";
import { SettingsReader } from "./settingsReader";
import { helpText } from "./settingsTable";

/** Least level that is logged. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where the certificate of the gRPC port is. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Clients must show a certificate of these authorities. Default: clients need none. */
  readonly clientCaFile: string | undefined;
}

/** How the processor runs. What it enforces is the policy's. */
export interface Settings {
  /** gRPC; 0: any free port. */
  readonly port: number;
  /** Health and metrics; 0: any free port. */
  readonly healthPort: number;
  /** Address of both ports; `undefined`: all interfaces. */
  readonly host: string | undefined;
  readonly tls: TlsFiles | undefined;
  readonly policyFile: string;
  readonly store: StoreSettings;
  readonly ledgerName: string;
  readonly storeTimeoutMs: number;
  /** How long a hold lives unless it is renewed. */
  readonly holdMs: number;
  /** From the wish to end until new streams are refused. */
  readonly drainDelayMs: number;
  /** From then until running streams are cut. */
  readonly drainMs: number;
  readonly logLevel: LogLevel;
  /** Whether prices and limits may change a thousandfold. */
  readonly allowJump: boolean;
  /** Whether tokens are counted under the names of the GenAI conventions. */
  readonly genAiMetrics: boolean;
}

/** What the environment and the arguments come to. */
export type ReadSettings =
  | { readonly kind: "settings"; readonly settings: Settings }
  | { readonly kind: "problems"; readonly problems: readonly string[] }
  | { readonly kind: "help"; readonly text: string };

/**
 * Reads the settings; flags count more than environment variables. All problems are reported at once, and none
 * repeats a secret.
 */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): ReadSettings {
  if (args.includes("--help") || args.includes("-h")) {
    return { kind: "help", text: helpText() };
  }
  const reader = new SettingsReader(env, args);
  const settings: Settings = {
    port: reader.integer("PORT", 0, 65_535, 9002),
    healthPort: reader.integer("HEALTH_PORT", 0, 65_535, 9003),
    host: reader.text("HOST"),
    tls: readTls(reader),
    policyFile: readPolicyFile(reader),
    store: readStore(reader),
    ledgerName: readLedgerName(reader),
    storeTimeoutMs: reader.integer("STORE_TIMEOUT_MS", 1, 10_000, 20),
    holdMs: reader.integer("HOLD_SECONDS", 5, 3600, 60) * 1000,
    drainDelayMs: reader.integer("DRAIN_DELAY_SECONDS", 0, 300, 5) * 1000,
    drainMs: reader.integer("DRAIN_SECONDS", 0, 86_400, 300) * 1000,
    logLevel: reader.oneOf("LOG_LEVEL", ["debug", "info", "warn", "error"], "info"),
    allowJump: reader.flag("ALLOW_JUMP"),
    genAiMetrics: reader.flag("GEN_AI_METRICS"),
  };
  if (settings.port === settings.healthPort && settings.port !== 0) {
    reader.problem("HEALTH_PORT", `${settings.port} is PORT already; use another`);
  }
  const { problems } = reader;
  return problems.length === 0 ? { kind: "settings", settings } : { kind: "problems", problems };
}

function readPolicyFile(reader: SettingsReader): string {
  const path = reader.text("POLICY_FILE");
  if (path === undefined) {
    reader.problem("POLICY_FILE", "is missing; name the policy document");
  }
  return path ?? "";
}

function readLedgerName(reader: SettingsReader): string {
  const name = reader.text("LEDGER_NAME") ?? "budgets";
  if (!/^[\w.:-]{1,128}$/.test(name)) {
    reader.problem("LEDGER_NAME", `"${name}" is not 1 to 128 letters, digits and ._:-`);
  }
  return name;
}

function readTls(reader: SettingsReader): TlsFiles | undefined {
  const [certFile, keyFile] = [reader.text("TLS_CERT_FILE"), reader.text("TLS_KEY_FILE")];
  const clientCaFile = reader.text("TLS_CLIENT_CA_FILE");
  if ((certFile === undefined) !== (keyFile === undefined)) {
    reader.problem("TLS_CERT_FILE", "and TLS_KEY_FILE need each other; give both or none");
  }
  if (certFile === undefined || keyFile === undefined) {
    if (clientCaFile !== undefined) {
      reader.problem("TLS_CLIENT_CA_FILE", "needs TLS_CERT_FILE and TLS_KEY_FILE");
    }
    return undefined;
  }
  const files = { cert: reader.file("TLS_CERT_FILE"), key: reader.file("TLS_KEY_FILE") };
  const ca = reader.file("TLS_CLIENT_CA_FILE");
  try {
    createSecureContext({ ...files, ...(ca === undefined ? {} : { ca }) });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    reader.problem(
      "TLS_CERT_FILE",
      `and TLS_KEY_FILE do not make a certificate (${code ?? "unreadable PEM"})`,
    );
  }
  return { certFile, keyFile, clientCaFile };
}
