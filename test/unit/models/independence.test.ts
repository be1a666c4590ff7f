import { Output, secret } from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelArgs } from "../../../components/models/modelArgs";
import type { Target } from "../../../components/models/resolved";
import { alikeNames } from "../../support/alikeNames";
import { objectsOf } from "./support";

const keys = fc.uniqueArray(
  fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...alikeNames, "credential-shared", "gw", "vllm", "7b") },
    { weight: 1, arbitrary: fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9./_-]{0,60}$/) },
  ),
  { minLength: 1, maxLength: 40 },
);

const key = secret("key");
const credentials = { shared: { apiKey: key } };
const price = { usdPerMillionInputTokens: 1, usdPerMillionOutputTokens: 2 };
const simple: readonly ModelArgs[] = [
  { openAICompatible: { url: "https://llm.example.com/v1" }, price },
  { openAICompatible: { url: "http://10.0.0.7:8000" } },
  { openai: { apiKey: key }, upstreamName: "gpt" },
  { openai: { credential: "shared" } },
  { openai: { credential: "shared" }, namespace: "elsewhere" },
  { vllm: { source: "owner/name", hfToken: key } },
  { vllm: { source: "owner/name" }, namespace: "elsewhere" },
  { bedrock: { modelId: "nova", region: "us-west-2" } },
  { anthropic: { apiKey: key }, requestCosts: { c: { cel: "1u" } } },
];

interface Choice {
  readonly kind: number;
  /** Which other models it falls back to, or shares an alias with, by position. */
  readonly others: readonly number[];
}
const choices = fc.array(
  fc.record({ kind: fc.nat(simple.length + 1), others: fc.uniqueArray(fc.nat(39), { maxLength: 3 }) }),
  { minLength: 40, maxLength: 40 },
);

/** Which models a name leads to: plain DNS-named ones of OpenAI's schema, so that any mix of them is right. */
const mixable = (choice: Choice | undefined) =>
  choice?.kind === 0 || choice?.kind === 2 || choice?.kind === 5;

function declare(names: readonly string[], all: readonly Choice[]): Record<string, ModelArgs> {
  return Object.fromEntries(
    names.map((name, i) => {
      const choice = all[i] ?? { kind: 0, others: [] };
      const others = choice.others
        .filter((other) => other !== i && mixable(all[other]))
        .flatMap((j) => names[j] ?? []);
      if (choice.kind >= simple.length && others.length > 0) {
        return [name, { route: { targets: Object.fromEntries(others.map((other) => [other, {}])) } }];
      }
      const model = simple[choice.kind % simple.length] as ModelArgs;
      return [name, mixable(choice) && others.length > 0 ? { ...model, fallback: others } : model];
    }),
  );
}

/** Every object by where it stands and by its Pulumi name, as bytes. */
function rendered(models: Record<string, ModelArgs>, target: Target): ReadonlyMap<string, string> {
  const objects = objectsOf({ models, credentials, target });
  const entries = objects.map(({ key: of, manifest }) => {
    const { kind, metadata } = manifest;
    return [`${kind} ${metadata.namespace ?? ""}/${metadata.name} as ${of}`, bytes(manifest)] as const;
  });
  const map = new Map(entries);
  expect(map.size).toBe(objects.length);
  return map;
}

const bytes = (value: unknown): string =>
  JSON.stringify(value, function (this: Record<string, unknown>, name, inner: unknown) {
    return Output.isInstance(this[name]) ? "output" : inner;
  });

function changed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((id) => before.get(id) !== after.get(id));
}

/** What the first and last model of a namespace, or of a shared credential, brings and takes away. */
const isShared = (id: string) =>
  / as (elsewhere|elsewhere-(ai|http)-routes|credential\/shared(\/elsewhere)?)$/.test(id) &&
  /^(Namespace|ReferenceGrant|Secret) /.test(id);

const targets = fc.constantFrom<Target>("cluster", "local");

describe("one model among up to 40 that nothing refers to", () => {
  it("is added, deleted or renamed without a change to any object of another", () => {
    let compared = 0;
    fc.assert(
      fc.property(keys, choices, fc.nat(), targets, (names, all, pick, target) => {
        const models = declare(names, all);
        const named = new Set(
          Object.values(models).flatMap(({ route, fallback = [] }) => [
            ...fallback,
            ...Object.keys(route?.targets ?? {}),
          ]),
        );
        const free = names.filter((name) => !named.has(name));
        const chosen = free[pick % free.length];
        fc.pre(chosen !== undefined && names.length > 1);
        const { [chosen as string]: model, ...rest } = models;
        const fresh = `${chosen}-2`;
        fc.pre(!names.includes(fresh));

        const whole = rendered(models, target);
        const others = (ids: readonly string[]) =>
          ids.filter((id) => !isShared(id) && !id.endsWith(` as ${chosen}`) && !id.endsWith(` as ${fresh}`));
        const without = changed(whole, rendered(rest, target));
        expect(others(without)).toEqual([]);
        expect(without.length).toBeGreaterThanOrEqual(2);
        // In its old place, at the end, and at the start: the order of a map is no part of the declaration.
        expect(others(changed(whole, rendered({ ...rest, [fresh]: model as ModelArgs }, target)))).toEqual(
          [],
        );
        expect(changed(whole, rendered({ [chosen as string]: model as ModelArgs, ...rest }, target))).toEqual(
          [],
        );
        compared++;
      }),
      { numRuns: 120 },
    );
    expect(compared).toBeGreaterThan(100);
  }, 60_000);
});

it("the same declaration gives the same bytes", () => {
  fc.assert(
    fc.property(keys, choices, targets, (names, all, target) => {
      const first = rendered(declare(names, all), target);
      const second = rendered(declare(names, all), target);
      expect([...second]).toEqual([...first]);
    }),
    { numRuns: 30 },
  );
});
