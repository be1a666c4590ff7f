import type { Sdk, SdkResolver } from "./sdk";

/**
 * Makes registrations cheaper while a program is evaluated; returns what undoes it.
 *
 * The SDK turns the inputs of each resource into protobuf messages, records the stack of each constructor call, and
 * wraps some twenty promises per resource for the sake of leak reports. Nothing of it leaves this process here, and
 * at thousands of resources it takes most of the time and memory. A part that another version of the SDK does not
 * have is left out.
 */
export function lightenSdk(sdk: Sdk): () => void {
  const undo = [plainInputs(sdk), noCallsites(sdk), plainPromises(sdk), lazyOutputs(sdk)];
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

/** The outputs of a resource are made when they are first read: most never are, and each holds a dozen promises. */
function lazyOutputs(sdk: Sdk): () => void {
  const { rpc } = sdk;
  const { transferProperties } = rpc;
  rpc.transferProperties = (resource, label, props) => {
    const resolvers: Record<string, SdkResolver> = {};
    for (const key of Object.keys(props).filter((name) => name !== "id" && name !== "urn")) {
      const transfer = () => transferProperties(resource, label, { [key]: props[key] })[key];
      if (Object.hasOwn(resource, key)) {
        transfer(); // Refuses the property with its own message.
      }
      resolvers[key] = defineLazyOutput(resource, key, transfer);
    }
    return resolvers;
  };
  return () => {
    rpc.transferProperties = transferProperties;
  };
}

/** Returns what the SDK calls with the output's value; `create` puts the output in the property's place. */
function defineLazyOutput(resource: object, key: string, create: () => SdkResolver | undefined): SdkResolver {
  let resolver: SdkResolver | undefined;
  let early: Parameters<SdkResolver> | undefined;
  Object.defineProperty(resource, key, {
    configurable: true,
    enumerable: true,
    get(): unknown {
      Reflect.deleteProperty(resource, key);
      resolver = create();
      if (early !== undefined) {
        resolver?.(...early);
      }
      return Reflect.get(resource, key);
    },
    set(value: unknown) {
      Object.defineProperty(resource, key, { configurable: true, enumerable: true, writable: true, value });
    },
  });
  return (...args) => {
    if (resolver === undefined) {
      early = args;
    } else {
      resolver(...args);
    }
  };
}
