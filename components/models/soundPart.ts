import { isPlainObject } from "../shared/plainObject";
import { at, type Problem } from "../shared/problems";
import type { ModelGatewayArgs } from "./modelGatewayArgs";

/** A declaration without the entries whose members have wrong types, so that all others can still be checked. */
export interface SoundPart {
  readonly args: ModelGatewayArgs;
  /** Names of models and credentials that were left out; a reference to one is no problem of its own. */
  readonly leftOut: { readonly models: ReadonlySet<string>; readonly credentials: ReadonlySet<string> };
}

/** `problems`: what `checkMembers` found. `undefined` when there is nothing left that could be checked. */
export function soundPart(args: ModelGatewayArgs, problems: readonly Problem[]): SoundPart | undefined {
  if (!isPlainObject(args) || !isPlainObject(args.models ?? {})) {
    return undefined;
  }
  if (args.credentials !== undefined && !isPlainObject(args.credentials)) {
    return undefined;
  }
  const isWrong = (path: string) =>
    problems.some(
      (problem) =>
        problem.path === path ||
        (/^[.[]/.test(problem.path.slice(path.length)) && problem.path.startsWith(path)),
    );
  const wrongOf = (map: "models" | "credentials") =>
    new Set(Object.keys(args[map] ?? {}).filter((key) => isWrong(at(map, key))));
  const leftOut = { models: wrongOf("models"), credentials: wrongOf("credentials") };
  const keep = <Entry>(map: Readonly<Record<string, Entry>> | undefined, without: ReadonlySet<string>) =>
    Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !without.has(key)));
  // Without a target nobody knows whether local settings are in their place.
  const others = Object.entries(args).filter(
    ([name]) => !isWrong(name) && !(name === "local" && isWrong("target")),
  );
  return {
    args: {
      ...Object.fromEntries(others),
      models: keep(args.models, leftOut.models),
      credentials: keep(args.credentials, leftOut.credentials),
    },
    leftOut,
  };
}
