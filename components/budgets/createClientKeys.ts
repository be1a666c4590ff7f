import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { keyLabel, keyProblems, keysText, type NamedKey } from "./keysDocument";
import type { ResolvedApiKeys } from "./resolvedAccess";

/** What keys that are made begin with, so that those who find one know what it is. */
const prefix = "sk-aigw-";
/** Letters and digits that hold 256 bits. */
const length = 43;

/** The keys that clients come with, as far as they are made or hashed here. */
export interface ClientKeys {
  /** The keys file of the processor, a secret; absent when it checks none. */
  readonly document: pulumi.Output<string> | undefined;
  /** The keys that were made, a secret, by `name` or `name/version`. */
  readonly generated: pulumi.Output<Record<string, string>>;
}

/** Makes the keys that are to be made. Each is a resource of its own: a new version leaves the others as they are. */
export function createClientKeys(
  name: string,
  keys: ResolvedApiKeys | undefined,
  opts: pulumi.CustomResourceOptions,
): ClientKeys {
  const entries = Object.entries(keys?.versions ?? {}).flatMap(([key, versions]) =>
    Object.entries(versions).map(([version, { key: given }]) => {
      const label = keyLabel(key, version);
      const text = given === undefined ? generatedKey(`${name}-key-${label}`, opts) : pulumi.secret(given);
      return { name: key, version, label, isGenerated: given === undefined, text };
    }),
  );
  const made = entries.filter(({ isGenerated }) => isGenerated).map(({ label, text }) => [label, text]);
  return {
    document: entries.length === 0 ? undefined : keysDocument(entries, opts.parent),
    generated: pulumi.secret(pulumi.all(Object.fromEntries(made))),
  };
}

function generatedKey(name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const { result } = new random.RandomPassword(name, { length, special: false }, opts);
  return pulumi.secret(result.apply((text) => `${prefix}${text}`));
}

function keysDocument(
  entries: readonly (Omit<NamedKey, "text"> & { readonly text: pulumi.Output<string> })[],
  resource: pulumi.Resource | undefined,
): pulumi.Output<string> {
  const texts = pulumi.all(entries.map(({ text }) => text));
  const document = texts.apply((known) => {
    const keys = entries.map(({ name, version }, index) => ({ name, version, text: known[index] ?? "" }));
    const problems = keyProblems(keys);
    if (problems.length > 0) {
      throw new pulumi.ResourceError(problems.join("\n"), resource, true);
    }
    return keysText(keys);
  });
  return pulumi.secret(document);
}
