import type { Sdk } from "./sdk";

/**
 * Makes registrations cheaper while a program is evaluated; returns what undoes it.
 *
 * The SDK turns the inputs of each resource into protobuf messages and records the stack of each constructor call.
 * Neither leaves this process here, and at thousands of resources they take most of the time and memory: the
 * inputs stay plain data until somebody asks for the message (a transform does), and no stacks are recorded.
 */
export function lightenSdk(sdk: Sdk): () => void {
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

  const resource = sdk.pulumi.Resource as unknown as { callsites?: () => unknown[] };
  const { callsites } = resource;
  Struct.fromJavaScript = (plain) => new PlainStruct(plain);
  if (callsites !== undefined) {
    resource.callsites = () => [];
  }
  return () => {
    Struct.fromJavaScript = toMessage;
    if (callsites !== undefined) {
      resource.callsites = callsites;
    }
  };
}
