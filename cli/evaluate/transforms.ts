import type { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import type { RegisterResourceRequest, TransformResourceOptions } from "@pulumi/pulumi/proto/resource_pb";
import type { Sdk } from "./sdk";
import type { WireValue } from "./values";

/** A function of the program, to be called through the SDK's callback server. */
interface Callback {
  getToken(): string;
  getTarget(): string;
}

/**
 * Runs the program's transforms (`transforms` options, `registerResourceTransform`) where the engine would: a
 * resource's own, then those of its parents from the inside out, then those of the stack.
 */
export class Transforms {
  private readonly ofStack: Callback[] = [];
  private readonly ofInvokes: Callback[] = [];
  private readonly ofResource = new Map<string, { parent: string; callbacks: readonly Callback[] }>();
  private readonly clients = new Map<string, CallbacksClient>();

  constructor(private readonly sdk: Sdk) {}

  /** Whether there is any transform that a new resource may have to pass. */
  get any(): boolean {
    return this.ofStack.length > 0 || this.ofResource.size > 0;
  }

  addForStack(callback: Callback): void {
    this.ofStack.push(callback);
  }

  addForInvokes(callback: Callback): void {
    this.ofInvokes.push(callback);
  }

  /** Changes the request as the transforms say. */
  async apply(urn: string, request: RegisterResourceRequest): Promise<void> {
    this.ofResource.set(urn, { parent: request.getParent(), callbacks: request.getTransformsList() });
    const callbacks: Callback[] = [];
    for (let at = this.ofResource.get(urn); at !== undefined; at = this.ofResource.get(at.parent)) {
      callbacks.push(...at.callbacks);
    }
    for (const callback of [...callbacks, ...this.ofStack]) {
      await this.transform(callback, request);
    }
  }

  /** The arguments of a provider's function after the invoke transforms. */
  async applyToInvoke(token: string, args: Record<string, WireValue>): Promise<Record<string, WireValue>> {
    const { TransformInvokeRequest, TransformInvokeResponse } = this.sdk.resourceProto;
    const { Struct } = this.sdk.structProto;
    let current = args;
    for (const callback of this.ofInvokes) {
      const request = new TransformInvokeRequest();
      request.setToken(token);
      request.setArgs(Struct.fromJavaScript(current as Parameters<typeof Struct.fromJavaScript>[0]));
      const answer = await this.call(callback, request.serializeBinary());
      const changed = TransformInvokeResponse.deserializeBinary(answer).getArgs()?.toJavaScript();
      current = (changed ?? current) as Record<string, WireValue>;
    }
    return current;
  }

  private async transform(callback: Callback, request: RegisterResourceRequest): Promise<void> {
    const { TransformRequest, TransformResponse } = this.sdk.resourceProto;
    const message = new TransformRequest();
    message.setType(request.getType());
    message.setName(request.getName());
    message.setCustom(request.getCustom());
    message.setParent(request.getParent());
    message.setProperties(request.getObject());
    message.setOptions(this.readOptions(request));
    const answer = TransformResponse.deserializeBinary(await this.call(callback, message.serializeBinary()));
    request.setObject(answer.getProperties() ?? request.getObject());
    const options = answer.getOptions();
    if (options !== undefined) {
      writeOptions(request, options);
    }
  }

  private readOptions(request: RegisterResourceRequest): TransformResourceOptions {
    const options = new this.sdk.resourceProto.TransformResourceOptions();
    options.setDependsOnList(request.getDependenciesList());
    options.setProtect(request.getProtect() ?? false);
    options.setIgnoreChangesList(request.getIgnorechangesList());
    options.setReplaceOnChangesList(request.getReplaceonchangesList());
    options.setVersion(request.getVersion());
    options.setAliasesList(request.getAliasesList());
    options.setProvider(request.getProvider());
    options.setCustomTimeouts(request.getCustomtimeouts());
    options.setPluginDownloadUrl(request.getPlugindownloadurl());
    options.setRetainOnDelete(request.getRetainondelete() ?? false);
    options.setDeletedWith(request.getDeletedwith());
    options.setDeleteBeforeReplace(request.getDeletebeforereplace());
    options.setAdditionalSecretOutputsList(request.getAdditionalsecretoutputsList());
    options.setImport(request.getImportid());
    options.setReplaceWithList(request.getReplaceWithList());
    return options;
  }

  private call(callback: Callback, request: Uint8Array): Promise<Uint8Array> {
    const message = new this.sdk.callbackProto.CallbackInvokeRequest();
    message.setToken(callback.getToken());
    message.setRequest(request);
    return new Promise((resolve, reject) => {
      this.client(callback.getTarget()).invoke(message, (error, answer) => {
        if (error) {
          reject(new Error(error.details));
        } else {
          resolve(answer.getResponse_asU8());
        }
      });
    });
  }

  private client(target: string): CallbacksClient {
    const existing = this.clients.get(target);
    if (existing !== undefined) {
      return existing;
    }
    const client = new this.sdk.callbackGrpc.CallbacksClient(
      target,
      this.sdk.grpc.credentials.createInsecure(),
    );
    this.clients.set(target, client);
    return client;
  }

  /** Closes the connections to the program's callback server. */
  close(): void {
    for (const client of this.clients.values()) {
      client.close();
    }
  }
}

function writeOptions(request: RegisterResourceRequest, options: TransformResourceOptions): void {
  request.setDependenciesList(options.getDependsOnList());
  request.setProtect(options.getProtect() ?? false);
  request.setIgnorechangesList(options.getIgnoreChangesList());
  request.setReplaceonchangesList(options.getReplaceOnChangesList());
  request.setVersion(options.getVersion());
  request.setAliasesList(options.getAliasesList());
  request.setProvider(options.getProvider());
  request.setCustomtimeouts(options.getCustomTimeouts());
  request.setPlugindownloadurl(options.getPluginDownloadUrl());
  request.setRetainondelete(options.getRetainOnDelete() ?? false);
  request.setDeletedwith(options.getDeletedWith());
  request.setDeletebeforereplace(options.getDeleteBeforeReplace() ?? false);
  request.setAdditionalsecretoutputsList(options.getAdditionalSecretOutputsList());
  request.setImportid(options.getImport());
  request.setReplaceWithList(options.getReplaceWithList());
}
