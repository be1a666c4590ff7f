/** One setting of the processor: an environment variable, and a flag of the same name. */
export interface SettingRow {
  /** Name of the environment variable. */
  readonly env: string;
  /** What stands for the value in the help. */
  readonly value: string;
  /** As it would be written; `undefined` where there is none. */
  readonly fallback?: string;
  readonly meaning: string;
  /** Only from the environment: every user of a machine can read the arguments of its processes. */
  readonly isSecret?: true;
}

/** Every setting, in the order of the help. */
export const settingRows = [
  { env: "POLICY_FILE", value: "PATH", meaning: "the policy document; read again when it changes" },
  {
    env: "KEYS_FILE",
    value: "PATH",
    meaning: "hashes of the API keys that the policy names; read again, too",
  },
  { env: "HOST", value: "ADDRESS", fallback: "all", meaning: "address that both ports listen on" },
  { env: "PORT", value: "PORT", fallback: "9002", meaning: "gRPC: external processing and access log" },
  {
    env: "HEALTH_PORT",
    value: "PORT",
    fallback: "9003",
    meaning: "HTTP: /live, /ready, /metrics and /status",
  },
  { env: "TLS_CERT_FILE", value: "PATH", meaning: "certificate of the gRPC port (PEM); with TLS_KEY_FILE" },
  { env: "TLS_KEY_FILE", value: "PATH", meaning: "its private key (PEM)" },
  {
    env: "TLS_CLIENT_CA_FILE",
    value: "PATH",
    meaning: "authorities (PEM) of the clients; each must show a certificate",
  },
  {
    env: "STORE",
    value: "memory|redis",
    fallback: "redis if given",
    meaning: "where budgets are counted; memory: one replica",
  },
  { env: "REDIS_URL", value: "URL", meaning: "redis://host:6379, or rediss:// for TLS" },
  { env: "REDIS_CLUSTER", value: "URL,URL", meaning: "some nodes of a cluster; the rest is found" },
  { env: "REDIS_SENTINEL", value: "HOST:PORT,...", meaning: "sentinels; with REDIS_SENTINEL_MASTER" },
  { env: "REDIS_SENTINEL_MASTER", value: "NAME", meaning: "what the sentinels call the master" },
  {
    env: "REDIS_SENTINEL_TLS",
    value: "true|false",
    fallback: "false",
    meaning: "TLS to sentinels and servers",
  },
  { env: "REDIS_USERNAME", value: "NAME", meaning: "user of Redis" },
  { env: "REDIS_PASSWORD", value: "TEXT", meaning: "its password", isSecret: true },
  { env: "REDIS_PASSWORD_FILE", value: "PATH", meaning: "a file with the password instead" },
  { env: "REDIS_SENTINEL_USERNAME", value: "NAME", meaning: "user of the sentinels" },
  { env: "REDIS_SENTINEL_PASSWORD", value: "TEXT", meaning: "its password", isSecret: true },
  { env: "REDIS_SENTINEL_PASSWORD_FILE", value: "PATH", meaning: "a file with that password instead" },
  {
    env: "REDIS_CA_FILE",
    value: "PATH",
    fallback: "the system's",
    meaning: "authorities (PEM) of Redis' certificate",
  },
  { env: "REDIS_CERT_FILE", value: "PATH", meaning: "client certificate (PEM) for Redis" },
  { env: "REDIS_KEY_FILE", value: "PATH", meaning: "its private key (PEM)" },
  {
    env: "REDIS_SERVERNAME",
    value: "NAME",
    fallback: "the host",
    meaning: "name that Redis' certificate must have",
  },
  {
    env: "LEDGER_NAME",
    value: "NAME",
    fallback: "budgets",
    meaning: "hash tag of all keys: one name, one ledger",
  },
  {
    env: "STORE_TIMEOUT_MS",
    value: "1-10000",
    fallback: "20",
    meaning: "how long a call to the store may take",
  },
  {
    env: "HOLD_SECONDS",
    value: "5-3600",
    fallback: "60",
    meaning: "how long a hold outlives its replica",
  },
  {
    env: "DRAIN_DELAY_SECONDS",
    value: "0-300",
    fallback: "5",
    meaning: "from SIGTERM until new requests are refused",
  },
  {
    env: "DRAIN_SECONDS",
    value: "0-86400",
    fallback: "300",
    meaning: "from then until running requests are cut",
  },
  {
    env: "LOG_WAIT_SECONDS",
    value: "1-300",
    fallback: "10",
    meaning: "how long a request that is over waits for its access log entry",
  },
  {
    env: "MAX_BODY_MB",
    value: "1-1024",
    fallback: "32",
    meaning: "longest request body in MiB; more is refused with 413",
  },
  {
    env: "LIFETIME_SIGNAL",
    value: "true|false",
    fallback: "true",
    meaning: "keep streams until answers end, so that holds last",
  },
  {
    env: "LOG_LEVEL",
    value: "debug|info|warn|error",
    fallback: "info",
    meaning: "least level that is logged",
  },
  {
    env: "ALLOW_JUMP",
    value: "true|false",
    fallback: "false",
    meaning: "accept a policy with a price or limit 1000 times as high or low",
  },
  {
    env: "GEN_AI_METRICS",
    value: "true|false",
    fallback: "false",
    meaning: "count tokens by OpenTelemetry's GenAI conventions, too",
  },
  {
    env: "STATUS_PAGE",
    value: "true|false",
    fallback: "true",
    meaning: "page with budgets and spend at /status of the health port",
  },
] as const satisfies readonly SettingRow[];

/** Name of a setting. */
export type SettingName = (typeof settingRows)[number]["env"];

/** The rows as what they have in common. */
export const allSettings: readonly SettingRow[] = settingRows;

/** The flag of a setting, without dashes in front: `health-port`. */
export function flagOf(env: string): string {
  return env.toLowerCase().replaceAll("_", "-");
}

/** What `--help` prints. */
export function helpText(): string {
  const names = allSettings.map(({ env, value }) => `  ${env}=${value}`);
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const lines = allSettings.map(({ meaning, fallback, isSecret }, index) => {
    const notes = [
      ...(fallback === undefined ? [] : [`default: ${fallback}`]),
      ...(isSecret ? ["no flag"] : []),
    ];
    const note = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
    return `${(names[index] ?? "").padEnd(width)}${meaning}${note}`;
  });
  return [
    "Usage: processor [--NAME VALUE]...",
    "",
    "Holds token and money budgets for Envoy. Settings are environment variables; most are flags, too, which",
    "count more: HEALTH_PORT=9003 is --health-port 9003.",
    "",
    ...lines,
    "",
    "Ends with 0 after SIGTERM or SIGINT, with 2 when the settings or the policy are wrong, else with 1.",
    "",
  ].join("\n");
}
