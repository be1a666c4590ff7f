import { createSecureContext } from "node:tls";
import { processorDefaults } from "./processorSettings";
import { readStore, type StoreSettings } from "./redisSettings";
import { SettingsReader } from "./settingsReader";
import { helpText, type SettingName } from "./settingsTable";

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
  /** Needed, save where a policy is given in another way. */
  readonly policyFile: string | undefined;
  /** Needed where the policy has keys, save where they are given in another way. */
  readonly keysFile: string | undefined;
  readonly store: StoreSettings;
  readonly ledgerName: string;
  readonly storeTimeoutMs: number;
  /** How long a hold lives unless it is renewed. */
  readonly holdMs: number;
  /** From the wish to end until new streams are refused. */
  readonly drainDelayMs: number;
  /** From then until running streams are cut. */
  readonly drainMs: number;
  /** How long a request that is over waits for its log entry. */
  readonly logWaitMs: number;
  readonly maxBodyBytes: number;
  /** Whether streams stay open until answers end. */
  readonly lifetimeSignal: boolean;
  readonly logLevel: LogLevel;
  /** Whether prices and limits may change a thousandfold. */
  readonly allowJump: boolean;
  /** Whether tokens are counted under the names of the GenAI conventions. */
  readonly genAiMetrics: boolean;
  /** Whether the health port has a page for people. */
  readonly statusPage: boolean;
}

/** What is not said otherwise, except that the policy file is. */
export const defaultSettings: Settings = Object.freeze<Settings>({
  port: 9002,
  healthPort: 9003,
  host: undefined,
  tls: undefined,
  policyFile: undefined,
  keysFile: undefined,
  store: { kind: "memory" },
  ledgerName: "budgets",
  storeTimeoutMs: 20,
  holdMs: 60_000,
  drainDelayMs: 5_000,
  drainMs: 300_000,
  logWaitMs: processorDefaults.logWaitMs,
  maxBodyBytes: processorDefaults.maxBodyBytes,
  lifetimeSignal: processorDefaults.lifetimeSignal,
  logLevel: "info",
  allowJump: false,
  genAiMetrics: false,
  statusPage: true,
});

const mebibyte = 1024 * 1024;

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
  const defaults = defaultSettings;
  const milliseconds = (name: SettingName, min: number, max: number, fallbackMs: number) =>
    reader.integer(name, min, max, fallbackMs / 1000) * 1000;
  const settings: Settings = {
    port: reader.integer("PORT", 0, 65_535, defaults.port),
    healthPort: reader.integer("HEALTH_PORT", 0, 65_535, defaults.healthPort),
    host: reader.text("HOST"),
    tls: readTls(reader),
    policyFile: readPolicyFile(reader),
    keysFile: reader.text("KEYS_FILE"),
    store: readStore(reader),
    ledgerName: readLedgerName(reader),
    storeTimeoutMs: reader.integer("STORE_TIMEOUT_MS", 1, 10_000, defaults.storeTimeoutMs),
    holdMs: milliseconds("HOLD_SECONDS", 5, 3600, defaults.holdMs),
    drainDelayMs: milliseconds("DRAIN_DELAY_SECONDS", 0, 300, defaults.drainDelayMs),
    drainMs: milliseconds("DRAIN_SECONDS", 0, 86_400, defaults.drainMs),
    logWaitMs: milliseconds("LOG_WAIT_SECONDS", 1, 300, defaults.logWaitMs),
    maxBodyBytes: reader.integer("MAX_BODY_MB", 1, 1024, defaults.maxBodyBytes / mebibyte) * mebibyte,
    lifetimeSignal: reader.flag("LIFETIME_SIGNAL", defaults.lifetimeSignal),
    logLevel: reader.oneOf("LOG_LEVEL", ["debug", "info", "warn", "error"], defaults.logLevel),
    allowJump: reader.flag("ALLOW_JUMP", defaults.allowJump),
    genAiMetrics: reader.flag("GEN_AI_METRICS", defaults.genAiMetrics),
    statusPage: reader.flag("STATUS_PAGE", defaults.statusPage),
  };
  if (settings.port === settings.healthPort && settings.port !== 0) {
    reader.problem("HEALTH_PORT", `${settings.port} is PORT already; use another`);
  }
  const { problems } = reader;
  return problems.length === 0 ? { kind: "settings", settings } : { kind: "problems", problems };
}

function readPolicyFile(reader: SettingsReader): string | undefined {
  const path = reader.text("POLICY_FILE");
  if (path === undefined) {
    reader.problem("POLICY_FILE", "is missing; name the policy document");
  }
  return path;
}

function readLedgerName(reader: SettingsReader): string {
  const name = reader.text("LEDGER_NAME") ?? defaultSettings.ledgerName;
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
