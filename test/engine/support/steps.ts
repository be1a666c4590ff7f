import { expect } from "vitest";
import type { Outcome, Step, TestEngine } from "./engine";

/** "Kind name" of a URN such as `urn:pulumi:test::project::parent$kubernetes:core/v1:Secret::name`. */
export function shortName(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split(/[:$]/).at(-1)} ${name}`;
}

/** A replacement is planned in three steps; this is the one that says so. */
const partsOfReplacement: ReadonlySet<string> = new Set(["create-replacement", "delete-replaced"]);

/** What changed, as "op Kind name", sorted. */
export const changesOf = ({ steps }: Outcome): string[] =>
  [...new Set(steps.filter(({ op }) => op !== "same" && !partsOfReplacement.has(op)).map(shown))].sort();

const shown = ({ op, urn }: Step) => `${op} ${shortName(urn)}`;

/** Fails with the engine's own words where an operation failed. */
export function expectDone(outcome: Outcome): Outcome {
  expect(outcome.errors).toBe("");
  expect(outcome.ok).toBe(true);
  return outcome;
}

/** Fails unless an operation went well and left every resource as it was, of which there are some. */
export function expectAllSame(outcome: Outcome): void {
  expect(changesOf(expectDone(outcome))).toEqual([]);
  expect(outcome.steps.length).toBeGreaterThan(10);
}

/** "Kind name" of what exists, without the definitions of custom resources, which are kept. */
export const leftOver = (engine: TestEngine): string[] =>
  engine
    .objects()
    .filter(({ type }) => !type.endsWith(":CustomResourceDefinition"))
    .map(({ urn }) => shortName(urn));

/**
 * Fails unless everything was deleted before what it waited for on the way up, and all of a cluster's inside before
 * the cluster, and that before its network.
 */
export function expectReverseOrder(
  engine: TestEngine,
  dependencies: ReadonlyMap<string, readonly string[]>,
): void {
  const deletions = engine.journal().filter(({ op }) => op === "delete");
  const position = new Map(deletions.map(({ urn }, i) => [urn, i]));
  const wrong = [...dependencies].flatMap(([urn, before]) =>
    before
      .filter((each) => (position.get(each) ?? Infinity) < (position.get(urn) ?? -1))
      .map((each) => `${shortName(each)} went before ${shortName(urn)}, which needs it`),
  );
  expect(wrong).toEqual([]);
  const indexes = (pattern: RegExp) => deletions.flatMap(({ type }, i) => (pattern.test(type) ? [i] : []));
  const [inside, cluster, network] = [
    indexes(/^kubernetes:|^aws:eks\/(?!cluster:)/),
    indexes(/^aws:eks\/cluster:/),
    indexes(/^aws:ec2\/(vpc|subnet):/),
  ];
  expect([inside.length, cluster.length, network.length].every((count) => count > 0)).toBe(true);
  expect(Math.max(...inside)).toBeLessThan(Math.min(...cluster));
  expect(Math.max(...cluster)).toBeLessThan(Math.min(...network));
}

/** Fails unless each secret is in no file of the engine. */
export function expectNoSecret(engine: TestEngine, secrets: readonly string[], certain: string): void {
  const texts = engine.writtenTexts();
  // Else nothing was looked at.
  expect(texts).toContain(certain);
  expect(secrets.length).toBeGreaterThan(0);
  expect(secrets.filter((secret) => texts.includes(secret))).toEqual([]);
}

/** Secrets that providers made up. */
export function generatedSecrets(engine: TestEngine): readonly string[] {
  return engine
    .objects()
    .filter(({ type }) => type === "random:index/randomPassword:RandomPassword")
    .flatMap(({ outputs }) => [String(outputs["result"]), String(outputs["bcryptHash"])]);
}
