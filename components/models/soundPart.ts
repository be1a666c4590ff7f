import { isPlainObject } from "../shared/plainObject";
import { at, type Problem } from "../shared/problems";
import type { ModelGatewayArgs } from "./modelGatewayArgs";

/** A declaration without the entries whose members have wrong types, so that all others can still be checked. */
export interface SoundPart {
  readonly args: ModelGatewayArgs;
  /** What was left out; a reference to it is no problem of its own. */
  readonly leftOut: LeftOut;
}

export interface LeftOut {
  readonly models: ReadonlySet<string>;
  readonly credentials: ReadonlySet<string>;
  readonly budgets: ReadonlySet<string>;
  /** Members of the declaration itself. */
  readonly members: ReadonlySet<string>;
}

/** `problems`: what `checkMembers` found. `undefined` when there is nothing left that could be checked. */
export function soundPart(args: ModelGatewayArgs, problems: readonly Problem[]): SoundPart | undefined {
  if (!isPlainObject(args) || !(args.models === undefined || isPlainObject(args.models))) {
    return undefined;
  }
  if ([args.credentials, args.budgets].some((map) => map !== undefined && !isPlainObject(map))) {
    return undefined;
  }
  const isWrong = (path: string) =>
    problems.some(
      (problem) =>
        problem.path === path ||
        (/^[.[]/.test(problem.path.slice(path.length)) && problem.path.startsWith(path)),
    );
  const wrongOf = (map: "models" | "credentials" | "budgets") =>
    new Set(Object.keys(args[map] ?? {}).filter((key) => isWrong(at(map, key))));
  const wrongMembers = new Set(Object.keys(args).filter(isWrong));
  const keep = <Entry>(map: Readonly<Record<string, Entry>> | undefined, without: ReadonlySet<string>) =>
    Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !without.has(key)));
  // Without a target nobody knows whether local settings are in their place.
  const others = Object.entries(args).filter(
    ([name]) => !wrongMembers.has(name) && !(name === "local" && wrongMembers.has("target")),
  );
  const leftOut: LeftOut = {
    models: wrongOf("models"),
    credentials: wrongOf("credentials"),
    budgets: wrongOf("budgets"),
    members: wrongMembers,
  };
  return {
    args: {
      ...Object.fromEntries(others),
      models: keep(args.models, leftOut.models),
      credentials: keep(args.credentials, leftOut.credentials),
      budgets: keep(args.budgets, leftOut.budgets),
    },
    leftOut,
  };
}
