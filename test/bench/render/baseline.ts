import * as pulumi from "@pulumi/pulumi";

/** The part of `plan.json` that is registered again. */
interface Plan {
  readonly resources: readonly Entry[];
}

interface Entry {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent?: string;
  readonly provider?: string;
  readonly dependencies: readonly string[];
  readonly inputs: Record<string, unknown>;
  readonly options: { readonly version?: string; readonly protect?: boolean };
}

class RawComponent extends pulumi.ComponentResource {
  constructor({ type, name, inputs }: Entry, options: pulumi.ComponentResourceOptions) {
    super(type, name, inputs, options);
    this.registerOutputs({});
  }
}

class RawResource extends pulumi.CustomResource {
  constructor({ type, name, inputs }: Entry, options: pulumi.CustomResourceOptions) {
    super(type, name, inputs, options);
  }
}

class RawProvider extends pulumi.ProviderResource {
  constructor({ type, name, inputs }: Entry, options: pulumi.ResourceOptions) {
    super(type.replace("pulumi:providers:", ""), name, inputs, options);
  }
}

/** The floor: a plan's own inputs registered as they are, with the same parents, providers and dependencies. */
export function registerPlan(plan: unknown): void {
  const made = new Map<string, pulumi.Resource>();
  for (const entry of (plan as Plan).resources) {
    if (entry.type !== "pulumi:pulumi:Stack") {
      made.set(entry.urn, register(entry, made));
    }
  }
}

function register(entry: Entry, made: ReadonlyMap<string, pulumi.Resource>): pulumi.Resource {
  const parent = made.get(entry.parent ?? "");
  const options: pulumi.CustomResourceOptions = {
    dependsOn: entry.dependencies.flatMap((urn) => made.get(urn) ?? []),
    ...(parent === undefined ? {} : { parent }),
    ...entry.options,
  };
  if (!entry.custom) {
    return new RawComponent(entry, options);
  }
  if (entry.type.startsWith("pulumi:providers:")) {
    return new RawProvider(entry, options);
  }
  const provider = made.get(entry.provider ?? "");
  return new RawResource(
    entry,
    provider instanceof pulumi.ProviderResource ? { ...options, provider } : options,
  );
}
