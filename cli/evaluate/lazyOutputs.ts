import type { Sdk, SdkResolver } from "./sdk";

/** The outputs of a resource are made when they are first read: most never are, and each holds a dozen promises. */
export function lazyOutputs(sdk: Sdk): () => void {
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
