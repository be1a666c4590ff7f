import { lazyOutputs } from "./lazyOutputs";
import { paceRegistrations } from "./pace";
import type { Sdk } from "./sdk";

/**
 * Makes registrations cheaper while a program is evaluated; returns what undoes it.
 *
 * The SDK turns the inputs of each resource into protobuf messages, records the stack of each constructor call, and
 * wraps some twenty promises per resource for the sake of leak reports. Nothing of it leaves this process here, and
 * at thousands of resources it takes most of the time and memory. A part that another version of the SDK does not
 * have is left out.
 */
export function lightenSdk(sdk: Sdk): () => void {
  const undo = [
    plainInputs(sdk),
    noCallsites(sdk),
    plainPromises(sdk),
    lazyOutputs(sdk),
    paceRegistrations(sdk),
  ];
  return () => {
    for (const step of undo) {
      step();
    }
  };
}

/** Inputs stay plain data until somebody asks for the message, as a transform does. */
function plainInputs(sdk: Sdk): () => void {
  const { Struct } = sdk.structProto;
  const toMessage = Struct.fromJavaScript;

  class PlainStruct extends Struct {
    private message: InstanceType<typeof Struct> | undefined;

    constructor(private readonly plain: Parameters<typeof toMessage>[0]) {
      super();
    }

    override toJavaScript(): Parameters<typeof toMessage>[0] {
      return this.plain;
    }

    override getFieldsMap(): ReturnType<InstanceType<typeof Struct>["getFieldsMap"]> {
      this.message ??= toMessage(this.plain);
      return this.message.getFieldsMap();
    }
  }

  Struct.fromJavaScript = (plain) => new PlainStruct(plain);
  return () => {
    Struct.fromJavaScript = toMessage;
  };
}

function noCallsites(sdk: Sdk): () => void {
  const resource = sdk.pulumi.Resource as unknown as { callsites?: () => unknown[] };
  const { callsites } = resource;
  if (callsites === undefined) {
    return () => {};
  }
  resource.callsites = () => [];
  return () => {
    resource.callsites = callsites;
  };
}

function plainPromises(sdk: Sdk): () => void {
  const { debuggable } = sdk;
  const { debuggablePromise } = debuggable;
  debuggable.debuggablePromise = (promise) => promise;
  return () => {
    debuggable.debuggablePromise = debuggablePromise;
  };
}
