import { existsSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../errors";
import { type ProjectFile, readYamlMap } from "./projectFile";
import { isRecord, maskedSecret } from "./values";

/** Configuration as the Pulumi runtime takes it: strings by `namespace:key`; maps and lists as JSON. */
export interface StackConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  /** What could not be read, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * The configuration of a stack: the project's values and defaults, then `Pulumi.<stack>.yaml`, then `extra`.
 *
 * Encrypted values cannot be read without the stack's key: "[secret]" stands for each, marked as secret.
 */
export function readStackConfig(
  project: ProjectFile,
  stack: string,
  extra: Readonly<Record<string, string>> = {},
): StackConfig {
  const collected = new Collector(project.name);
  for (const [key, value] of Object.entries(project.config)) {
    addProjectValue(collected, key, value);
  }
  const stackFile = path.join(project.stackConfigDir, `Pulumi.${stack}.yaml`);
  const content = existsSync(stackFile) ? readYamlMap(stackFile) : {};
  const config = content["config"] ?? {};
  if (!isRecord(config)) {
    throw new UsageError(`${stackFile}: config must be a map of settings.`);
  }
  for (const [key, value] of Object.entries(config)) {
    collected.add(key, value);
  }
  for (const [key, value] of Object.entries(extra)) {
    collected.add(key, value);
  }
  const warnings =
    content["environment"] === undefined
      ? []
      : [`${stackFile}: values from Pulumi ESC environments are not read, for they need a login.`];
  return { values: collected.values, secretKeys: [...collected.secretKeys].sort(), warnings };
}

class Collector {
  readonly values: Record<string, string> = {};
  readonly secretKeys = new Set<string>();

  constructor(private readonly project: string) {}

  add(key: string, value: unknown, secret = false): void {
    const fullKey = this.fullKey(key);
    const { plain, hadSecret } = withoutSecrets(value);
    this.values[fullKey] = typeof plain === "string" ? plain : JSON.stringify(plain);
    if (secret || hadSecret) {
      this.secretKeys.add(fullKey);
    } else {
      this.secretKeys.delete(fullKey);
    }
  }

  /** `key`, `ns:key` or the old `ns:config:key`. */
  private fullKey(key: string): string {
    const parts = key.split(":");
    if (parts.length === 1) {
      return `${this.project}:${key}`;
    }
    return parts.length === 3 && parts[1] === "config" ? `${parts[0]}:${parts[2]}` : key;
  }
}

/** In `Pulumi.yaml` a setting is a plain value, or a declaration with `default` or `value`. */
function addProjectValue(collected: Collector, key: string, setting: unknown): void {
  if (!isRecord(setting)) {
    collected.add(key, setting);
    return;
  }
  const value = setting["value"] ?? setting["default"];
  if (value !== undefined) {
    collected.add(key, value, setting["secret"] === true);
  }
}

function withoutSecrets(value: unknown): { plain: unknown; hadSecret: boolean } {
  if (Array.isArray(value)) {
    const items = value.map(withoutSecrets);
    return { plain: items.map(({ plain }) => plain), hadSecret: items.some(({ hadSecret }) => hadSecret) };
  }
  if (!isRecord(value)) {
    return { plain: value, hadSecret: false };
  }
  const keys = Object.keys(value);
  if (keys.length === 1 && typeof value["secure"] === "string") {
    return { plain: maskedSecret, hadSecret: true };
  }
  const entries = keys.map((key) => [key, withoutSecrets(value[key])] as const);
  return {
    plain: Object.fromEntries(entries.map(([key, { plain }]) => [key, plain])),
    hadSecret: entries.some(([, { hadSecret }]) => hadSecret),
  };
}
