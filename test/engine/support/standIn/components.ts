import * as pulumi from "@pulumi/pulumi";

/** A component that a provider makes in its own process. */
export class RemoteComponent extends pulumi.ComponentResource {
  constructor(type: string, name: string, options: pulumi.ComponentResourceOptions) {
    super(type, name, {}, options);
  }
}

/** A resource of any type, made without the SDK that has a class for it. */
export class ChildResource extends pulumi.CustomResource {
  constructor(
    type: string,
    name: string,
    properties: pulumi.Inputs,
    options: pulumi.CustomResourceOptions,
    outputs: readonly string[] = [],
  ) {
    super(
      type,
      name,
      { ...Object.fromEntries(outputs.map((key) => [key, undefined])), ...properties },
      options,
    );
  }

  /** An output that was named on construction. */
  output<T>(name: string): pulumi.Output<T> {
    const found = (this as unknown as Readonly<Record<string, pulumi.Output<T> | undefined>>)[name];
    if (found === undefined) {
      throw new Error(`${name} was not named among the outputs`);
    }
    return found;
  }
}
