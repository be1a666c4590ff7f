import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { vi } from "vitest";

/** A resource as it goes over the wire to the engine. */
export interface Registration {
  /** The kind of a Kubernetes object, the class of any other resource. */
  readonly kind: string;
  readonly type: string;
  readonly urn: string;
  readonly name: string;
  /** A secret shows as one. */
  // biome-ignore lint/suspicious/noExplicitAny: the inputs of many types of resources, each asserted by its test.
  readonly inputs: any;
  /** "Kind name" of the resources that it waits for. */
  readonly dependencies: readonly string[];
  /** Paths of inputs that somebody else changes, and Pulumi leaves alone. */
  readonly ignoreChanges: readonly string[];
  readonly parent: string;
}

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** How a secret stands in a registration. */
export const wireSecret = (value: unknown) => ({ [signatureKey]: secretSignature, value });

/** "Kind name" of a URN such as `urn:pulumi:stack::project::parent$kubernetes:core/v1:Secret::name`. */
export function kindAndName(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split(/[:$]/).at(-1)} ${name}`;
}

export const resolved = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => output.apply(resolve));

/** What providers answer in place of real ones. */
export interface Answers {
  /** State of a new resource. Default: its inputs. */
  readonly state?: (type: string, inputs: Record<string, unknown>, name: string) => Record<string, unknown>;
  /** Result of a function. Default: an unexpected call fails. */
  readonly call?: (token: string, inputs: Record<string, unknown>) => Record<string, unknown>;
}

/** Runs a program against a mock engine, and returns all that it registers, by URN. */
export async function recordResources(
  make: () => pulumi.ComponentResource,
  { state = (_, inputs) => inputs, call }: Answers = {},
): Promise<readonly Registration[]> {
  const registered: Registration[] = [];
  const original = MockMonitor.prototype.registerResource;
  const spy = vi.spyOn(MockMonitor.prototype, "registerResource").mockImplementation(function (
    this: MockMonitor,
    req,
    done,
  ) {
    return original.call(this, req, (error, response) => {
      registered.push({
        kind: req.getType().split(":").at(-1) ?? "",
        type: req.getType(),
        urn: response?.getUrn() ?? "",
        name: req.getName(),
        inputs: req.getObject()?.toJavaScript(),
        dependencies: req.getDependenciesList().map(kindAndName).sort(),
        ignoreChanges: req.getIgnorechangesList(),
        parent: kindAndName(req.getParent()),
      });
      done(error, response);
    });
  });
  try {
    await pulumi.runtime.setMocks(
      {
        newResource: ({ name, type, inputs }) => ({ id: `${name}-id`, state: state(type, inputs, name) }),
        call: ({ token, inputs }) => {
          if (call === undefined) {
            throw new Error(`nobody expected a call of ${token}`);
          }
          return call(token, inputs);
        },
      },
      "project",
      "stack",
    );
    await resolved(make().urn);
  } finally {
    // Also of a program that failed: what it began with must not end in the next one.
    await pulumi.runtime.disconnect();
    spy.mockRestore();
  }
  // They arrive in the order of their answers.
  return registered.sort((a, b) => (a.urn < b.urn ? -1 : 1));
}
