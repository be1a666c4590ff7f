import type {
  ReadResourceRequest,
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  ResourceInvokeRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import type { PlanResource } from "./evaluation";
import { previewOutputs } from "./outputs";
import { planResource, providerUrn } from "./resourceRequest";
import type { Sdk } from "./sdk";
import { Transforms } from "./transforms";
import { isWireSecret, type WireValue } from "./values";

/** Answers a provider's function; `undefined` when it does not know the function. */
export type AnswerCall = (
  token: string,
  args: Readonly<Record<string, unknown>>,
) => Record<string, unknown> | undefined;

/** The engine's callbacks: an error, or the answer. */
type Reply<T = unknown> = (error: Error | null, answer?: T) => void;

const stackType = "pulumi:pulumi:Stack";

/**
 * Stands where the engine's resource monitor stands in a preview. It records each registration and answers as a
 * preview does: a resource's inputs come back as its outputs; what only a provider can know stays unknown, and
 * code that waits for it in an `apply` does not run.
 *
 * The names of the methods are those of the engine's protocol.
 */
export class PlanMonitor {
  readonly resources: PlanResource[] = [];
  private readonly byUrn = new Map<string, PlanResource>();
  private readonly componentOutputs = new Map<string, Record<string, WireValue>>();
  private readonly transforms: Transforms;
  private packages = 0;

  constructor(
    private readonly sdk: Sdk,
    private readonly project: string,
    private readonly stack: string,
    private readonly answerCall: AnswerCall = () => undefined,
  ) {
    this.transforms = new Transforms(sdk);
  }

  /** What the program exports; empty until the program has ended. */
  stackOutputs(): Record<string, WireValue> {
    const stack = this.resources.find(({ type }) => type === stackType);
    return (stack && this.componentOutputs.get(stack.urn)) ?? {};
  }

  registerResource(request: RegisterResourceRequest, reply: Reply): void {
    this.answer(reply, () => {
      const urn = this.newUrn(request.getParent(), request.getType(), request.getName());
      // Without transforms the answer is given at once: a promise per resource would be paid by every program.
      if (!this.transforms.any && request.getTransformsList().length === 0) {
        return this.register(urn, request);
      }
      return this.transforms.apply(urn, request).then(() => this.register(urn, request));
    });
  }

  /** Ends what the evaluation opened. */
  close(): void {
    this.transforms.close();
  }

  private register(urn: string, request: RegisterResourceRequest): object {
    const inputs = (request.getObject()?.toJavaScript() ?? {}) as Record<string, WireValue>;
    const resource = planResource(urn, request, inputs);
    this.record(resource);
    const { id, outputs } = previewOutputs(resource);
    return {
      getUrn: () => urn,
      getId: () => id,
      getObject: () => ({ toJavaScript: () => outputs }),
      getPropertydependenciesMap: () => undefined,
      getResult: () => 0,
      getUnknown: () => false,
    };
  }

  readResource(request: ReadResourceRequest, reply: Reply): void {
    this.answer(reply, () => {
      const urn = this.newUrn(request.getParent(), request.getType(), request.getName());
      const inputs = (request.getProperties()?.toJavaScript() ?? {}) as Record<string, WireValue>;
      const provider = providerUrn(request.getProvider());
      this.record({
        urn,
        type: request.getType(),
        name: request.getName(),
        custom: true,
        ...(request.getParent() === "" ? {} : { parent: request.getParent() }),
        dependencies: request.getDependenciesList().sort(),
        ...(provider === "" ? {} : { provider }),
        inputs,
        options: { read: request.getId() },
      });
      return {
        getUrn: () => urn,
        getProperties: () => ({ toJavaScript: () => inputs }),
        getUnknown: () => false,
      };
    });
  }

  registerResourceOutputs(request: RegisterResourceOutputsRequest, reply: Reply): void {
    this.answer(reply, () => {
      const outputs = request.getOutputs()?.toJavaScript() ?? {};
      this.componentOutputs.set(request.getUrn(), outputs as Record<string, WireValue>);
      return {};
    });
  }

  invoke(request: ResourceInvokeRequest, reply: Reply): void {
    this.answer(reply, async () => {
      const token = request.getTok();
      const asked = (request.getArgs()?.toJavaScript() ?? {}) as Record<string, WireValue>;
      const args = await this.transforms.applyToInvoke(token, asked);
      const { Struct } = this.sdk.structProto;
      const known = token === "pulumi:pulumi:getResource" ? this.getResource(args["urn"]) : undefined;
      const found = known ?? this.answerCall(token, args);
      if (found === undefined) {
        throw new Error(
          `The function ${token} is answered by a provider, and none runs here. ` +
            "Read the value from the stack's configuration, or take it from a resource's output, which may be unknown.",
        );
      }
      const result = Struct.fromJavaScript(found as Parameters<typeof Struct.fromJavaScript>[0]);
      return { getReturn: () => result, getFailuresList: () => [] };
    });
  }

  call(request: { getTok(): string }, reply: Reply): void {
    const problem = `The method ${request.getTok()} is answered by a provider, and none runs here.`;
    reply(serviceError(new Error(`${problem} Use the resource's plain outputs, which may be unknown.`)));
  }

  existsResource(_request: unknown, reply: Reply): void {
    this.answer(reply, () => ({ getExists: () => false, getUnknown: () => true }));
  }

  registerStackTransform(request: { getToken(): string; getTarget(): string }, reply: Reply): void {
    this.answer(reply, () => this.transforms.addForStack(request));
  }

  registerStackInvokeTransform(request: { getToken(): string; getTarget(): string }, reply: Reply): void {
    this.answer(reply, () => this.transforms.addForInvokes(request));
  }

  registerResourceHook(_request: unknown, reply: Reply): void {
    reply(null, {});
  }

  registerErrorHook(_request: unknown, reply: Reply): void {
    reply(null, {});
  }

  registerPackage(_request: unknown, reply: Reply): void {
    this.packages += 1;
    const reference = `package-${this.packages}`;
    reply(null, { getRef: () => reference });
  }

  signalAndWaitForShutdown(_request: unknown, reply: Reply): void {
    reply(null, {});
  }

  /** All that the protocol offers but output values, which only components of other languages need. */
  getDeploymentInfo(_request: unknown, reply: Reply): void {
    const { DeploymentInfo, ResourceMonitorFeature } = this.sdk.resourceProto;
    const info = new DeploymentInfo();
    const features = Object.values(ResourceMonitorFeature)
      .filter((feature) => typeof feature === "number")
      .filter((feature) => feature !== ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES);
    info.setSupportedfeaturesList(features);
    reply(null, info);
  }

  supportsFeature(request: { getId(): string }, reply: Reply): void {
    const supported = request.getId() !== "outputValues";
    reply(null, { getHassupport: () => supported });
  }

  /** `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`, without the stack among the parents. */
  private newUrn(parent: string, type: string, name: string): string {
    const parentType = parent === "" ? stackType : (parent.split("::")[2] ?? stackType);
    const qualified = parentType === stackType ? type : `${parentType}$${type}`;
    return `urn:pulumi:${this.stack}::${this.project}::${qualified}::${name}`;
  }

  private record(resource: PlanResource): void {
    if (this.byUrn.has(resource.urn)) {
      throw new Error(`Duplicate resource URN ${resource.urn}; give one of the two another name.`);
    }
    this.byUrn.set(resource.urn, resource);
    this.resources.push(resource);
  }

  private getResource(urn: WireValue): Record<string, unknown> {
    const resource = typeof urn === "string" ? this.byUrn.get(urn) : undefined;
    if (resource === undefined) {
      throw new Error(`There is no resource ${isWireSecret(urn) ? "with that URN" : String(urn)}.`);
    }
    const { id, outputs } = previewOutputs(resource);
    return { urn: resource.urn, id, state: { ...outputs, ...this.componentOutputs.get(resource.urn) } };
  }

  private answer(reply: Reply, compute: () => unknown): void {
    try {
      const result = compute();
      if (result instanceof Promise) {
        result.then(
          (value) => reply(null, value),
          (error: unknown) => reply(serviceError(error)),
        );
      } else {
        reply(null, result);
      }
    } catch (error) {
      reply(serviceError(error));
    }
  }
}

/** The SDK reads some messages from `message` and some from `details`. */
function serviceError(error: unknown): Error {
  const problem = error instanceof Error ? error : new Error(String(error));
  return Object.assign(problem, { details: problem.message });
}
