import { secret } from "@pulumi/pulumi";
import { expect } from "vitest";
import type { ModelArgs } from "../../../components/models/modelArgs";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { planModelGateway } from "../../../components/models/planModelGateway";
import type { ResolvedModelGateway } from "../../../components/models/resolved";
import type { Manifest, RenderedObject } from "../../../components/shared/manifest";
import { DeclarationError, type Problem } from "../../../components/shared/problems";

/** A declaration as somebody without types may write it. */
export type Wrong = Readonly<Record<string, unknown>>;

/** A model at an endpoint of its own, without a credential. */
export const endpoint = (host = "llm.example.com"): ModelArgs => ({
  openAICompatible: { url: `https://${host}/v1` },
});

export const openai: ModelArgs = { openai: { apiKey: secret("key") } };
export const anthropic: ModelArgs = { anthropic: { apiKey: secret("key") } };

export function objectsOf(args: ModelGatewayArgs, name = "gw"): readonly RenderedObject[] {
  return planModelGateway(name, args).objects;
}

export function resolvedOf(args: ModelGatewayArgs, name = "gw"): ResolvedModelGateway {
  return planModelGateway(name, args).resolved;
}

/** Everything that is wrong with a declaration; empty when it is taken. */
export function problemsOf(args: Wrong, name = "gw"): readonly Problem[] {
  try {
    planModelGateway(name, args as unknown as ModelGatewayArgs);
    return [];
  } catch (error) {
    if (error instanceof DeclarationError) {
      return error.problems;
    }
    throw error;
  }
}

/** Fails unless exactly these problems are found: each a path and what its sentence says. */
export function expectProblems(args: Wrong, expected: readonly (readonly [string, RegExp])[]): void {
  const found = problemsOf(args);
  expect(found.map(({ path }) => path)).toEqual(expected.map(([path]) => path));
  expected.forEach(([, gist], index) => {
    expect(found[index]?.reason).toMatch(gist);
  });
}

/** The one object of a kind and name. */
export function objectOf(objects: readonly RenderedObject[], kind: string, name: string): Manifest {
  const found = objects.filter(({ manifest }) => manifest.kind === kind && manifest.metadata.name === name);
  expect(found, `${kind} ${name}`).toHaveLength(1);
  return (found[0] as RenderedObject).manifest;
}

/** The spec of the one object of a kind and name. */
// biome-ignore lint/suspicious/noExplicitAny: specs of many kinds, each asserted where it is read.
export function specOf(objects: readonly RenderedObject[], kind: string, name: string): any {
  return objectOf(objects, kind, name)["spec"];
}
