import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** What an image would be that a Dockerfile describes. */
export interface Image {
  /** Of each stage, in order. */
  readonly bases: readonly string[];
  readonly user: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
  readonly entrypoint: readonly string[];
  /** Commands of the stages before the last, which the build waits for. */
  readonly checks: readonly (readonly string[])[];
  /** Files of the context that are copied. */
  readonly sources: readonly string[];
}

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

function instructionsOf(text: string): readonly Instruction[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [, name = "", rest = ""] = /^([A-Z]+) (.+[^\\])$/.exec(line) ?? [];
    return { name, rest };
  });
}

/**
 * Puts the files of the last stage where they would be, below `root`. Reads only what our Dockerfile is made of, and
 * throws on anything else: what is not read here would not be tested.
 */
export function layOut(context: string, root: string): Image {
  const args: Record<string, string> = {};
  const [bases, checks, sources]: [string[], string[][], string[]] = [[], [], []];
  const folders = new Map<string, string>();
  let image = {
    user: "root",
    workdir: "/",
    env: {} as Record<string, string>,
    ports: [] as number[],
    entrypoint: [] as string[],
  };
  let stage = root;
  for (const { name, rest } of instructionsOf(readFileSync(join(context, "Dockerfile"), "utf8"))) {
    switch (name) {
      case "ARG": {
        const [key = "", value = ""] = rest.split("=");
        args[key] = value;
        break;
      }
      case "FROM": {
        const [, base = "", as = ""] =
          /^(?:--platform=\$BUILDPLATFORM )?(\S+)(?: AS (\w+))?$/.exec(rest) ?? [];
        bases.push(base.replace(/^\$\{(\w+)\}$/, (_all, key: string) => args[key] ?? ""));
        stage = as === "" ? root : `${root}-${as}`;
        folders.set(as, stage);
        mkdirSync(stage, { recursive: true });
        image = { user: "root", workdir: "/", env: {}, ports: [], entrypoint: [] };
        break;
      }
      case "COPY": {
        const [, from, paths = ""] = /^(?:--from=(\w+) )?(.+)$/.exec(rest) ?? [];
        const words = paths.split(" ");
        const target = words.pop() ?? "";
        for (const path of words) {
          if (from === undefined) {
            sources.push(path);
            mkdirSync(join(stage, target), { recursive: true });
            cpSync(join(context, path), join(stage, target, basename(path)));
          } else {
            cpSync(join(folders.get(from) ?? "", path), join(stage, target), { recursive: true });
          }
        }
        break;
      }
      case "RUN":
        checks.push(JSON.parse(rest));
        break;
      case "USER":
        image.user = rest;
        break;
      case "WORKDIR":
        image.workdir = rest;
        break;
      case "ENV": {
        const [key = "", value = ""] = rest.split("=");
        image.env[key] = value;
        break;
      }
      case "EXPOSE":
        image.ports.push(...rest.split(" ").map(Number));
        break;
      case "ENTRYPOINT":
        image.entrypoint = JSON.parse(rest);
        break;
      default:
        throw new Error(`no test knows ${name} ${rest}`);
    }
  }
  return { ...image, bases, checks, sources };
}
