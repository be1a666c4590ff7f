import { secret } from "@pulumi/pulumi";
import { endpoint, expectProblems, type Wrong } from "../support";

export const key = secret("key");
export const url = "https://llm.example.com/v1";
/** One model under the name "m", beside one that is right. */
export const model = (args: Wrong): Wrong => ({ models: { ok: endpoint(), m: args } });
/** The same with further arguments of the gateway. */
export const gateway = (args: Wrong): Wrong => ({ models: { ok: endpoint() }, ...args });

/** A declaration with exactly one thing wrong with it. */
export type Case = readonly [what: string, args: Wrong, path: string, gist: RegExp];

/** Expects of a declaration the one problem that it has, and no other. */
export function expectAlone(...[, args, path, gist]: Case): void {
  expectProblems(args, [[path, gist]]);
}
