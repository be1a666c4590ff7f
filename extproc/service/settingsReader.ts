import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { allSettings, flagOf, type SettingName } from "./settingsTable";

/** Reads single settings; what is wrong is noted, and reading goes on with a stand-in. */
export class SettingsReader {
  readonly problems: string[] = [];
  readonly #values = new Map<string, string>();

  /** An empty variable counts as none: this is how manifests unset one. */
  constructor(env: Readonly<Record<string, string | undefined>>, args: readonly string[]) {
    for (const { env: name } of allSettings) {
      const value = env[name];
      if (value !== undefined && value !== "") {
        this.#values.set(name, value);
      }
    }
    this.#readFlags(args);
  }

  problem(name: SettingName, text: string): void {
    this.problems.push(`${name}: ${text}`);
  }

  text(name: SettingName): string | undefined {
    return this.#values.get(name);
  }

  has(name: SettingName): boolean {
    return this.#values.has(name);
  }

  integer(name: SettingName, min: number, max: number, fallback: number): number {
    const value = this.text(name);
    if (value === undefined) {
      return fallback;
    }
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) {
      return number;
    }
    this.problem(name, `"${value}" is not a whole number from ${min} to ${max}`);
    return fallback;
  }

  oneOf<T extends string>(name: SettingName, choices: readonly T[], fallback: NoInfer<T>): T {
    const value = this.text(name);
    const found = choices.find((choice) => choice === value);
    if (value !== undefined && found === undefined) {
      this.problem(name, `"${value}" is unknown; use one of ${choices.join(", ")}`);
    }
    return found ?? fallback;
  }

  flag(name: SettingName, fallback: boolean): boolean {
    return this.oneOf(name, ["true", "false"], fallback ? "true" : "false") === "true";
  }

  /** The content of a file that a setting names; its errors never repeat content. */
  file(name: SettingName): string | undefined {
    const path = this.text(name);
    if (path === undefined) {
      return undefined;
    }
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.problem(name, `"${path}" cannot be read (${code}); give a file that is there and may be read`);
      return undefined;
    }
  }

  /** A secret: the setting itself, or the file that `name_FILE` names. */
  secret(name: SettingName, fileName: SettingName): string | undefined {
    if (this.has(name) && this.has(fileName)) {
      this.problem(fileName, `is given beside ${name}; give one of them`);
    }
    // Editors and `echo` end a file with a line feed that is not part of the secret.
    return this.text(name) ?? this.file(fileName)?.replace(/\r?\n$/, "");
  }

  #readFlags(args: readonly string[]): void {
    const flags = new Map(
      allSettings.filter(({ isSecret }) => !isSecret).map(({ env }) => [flagOf(env), env] as const),
    );
    const options = Object.fromEntries([...flags.keys()].map((flag) => [flag, { type: "string" as const }]));
    // Not strict: that would stop at the first problem.
    const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
    for (const token of tokens) {
      if (token.kind === "positional") {
        // Not shown: it may be a secret that was meant for a flag.
        this.problems.push(`argument ${token.index + 1}: belongs to no flag; see --help`);
      } else if (token.kind === "option") {
        const name = flags.get(token.name);
        const wrong = name === undefined ? unknownFlag(token.name) : wrongValue(name, token.value);
        if (wrong !== undefined) {
          this.problems.push(`${token.rawName}: ${wrong}`);
        } else if (name !== undefined && token.value !== undefined) {
          this.#values.set(name, token.value);
        }
      }
    }
  }
}

function unknownFlag(name: string): string {
  const secret = allSettings.find(({ env, isSecret }) => isSecret && flagOf(env) === name);
  return secret === undefined
    ? "is unknown; see --help"
    : `is no flag, since every user of this machine could read it; set ${secret.env}`;
}

function wrongValue(name: string, value: string | undefined): string | undefined {
  if (value === undefined || value === "") {
    return "has no value";
  }
  return name.startsWith("REDIS_") && value.includes("@")
    ? "holds a user or a password, which every user of this machine can read; set REDIS_USERNAME and REDIS_PASSWORD"
    : undefined;
}
