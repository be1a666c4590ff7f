import { createRequire } from "node:module";
import path from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import type * as callbackGrpc from "@pulumi/pulumi/proto/callback_grpc_pb";
import type * as callbackProto from "@pulumi/pulumi/proto/callback_pb";
import type * as resourceProto from "@pulumi/pulumi/proto/resource_pb";
import type * as structProto from "google-protobuf/google/protobuf/struct_pb";
import { UsageError } from "../errors";

/** The parts of the Pulumi SDK that an evaluation works with, all from the copy that the program uses. */
export interface Sdk {
  readonly pulumi: typeof pulumi;
  readonly resourceProto: typeof resourceProto;
  readonly callbackProto: typeof callbackProto;
  readonly callbackGrpc: typeof callbackGrpc;
  readonly structProto: typeof structProto;
  readonly grpc: { readonly credentials: { createInsecure(): never } };
  readonly state: SdkState;
  readonly debuggable: SdkDebuggable;
  readonly rpc: SdkRpc;
  readonly dependsOn: SdkDependsOn;
}

/** The SDK's store: what one deployment knows. Kept per asynchronous context, shared by all copies of the SDK. */
export interface SdkState {
  withLocalStorage<T>(callback: () => T): T;
  getStore(): SdkStore;
}

/** Settles an output of a resource: its value, whether it is known and secret, what it depends on, or an error. */
export type SdkResolver = (...args: unknown[]) => void;

export interface SdkRpc {
  /** Gives a resource an output for each property; returns what settles them. */
  transferProperties: (
    resource: object,
    label: string,
    props: Record<string, unknown>,
  ) => Record<string, SdkResolver>;
}

export interface SdkDependsOn {
  gatherExplicitDependencies: (dependencies: unknown) => Promise<unknown[]>;
}

/** The SDK's watch over promises that never end. */
export interface SdkDebuggable {
  debuggablePromise: (promise: Promise<unknown>, context?: unknown) => Promise<unknown>;
  /** Forgets the promises that it knows of; the text says which registrations could not complete, and why. */
  leakedPromises(): [Set<unknown>, string];
}

export interface SdkStore {
  readonly settings: {
    rpcDone: Promise<unknown>;
    readonly options: { rootDirectory?: string };
  };
  leakCandidates: Set<unknown>;
}

/**
 * Loads the SDK as the program would. A program whose `node_modules` hold another copy than ours gets its own,
 * since classes, and so `instanceof` and protocol versions, differ between copies.
 */
export function loadSdk(programDir: string): Sdk {
  const programRequire = createRequire(path.join(programDir, "program.js"));
  let main: string;
  try {
    main = programRequire.resolve("@pulumi/pulumi");
  } catch (error) {
    const message = `The package @pulumi/pulumi is not installed for the program in ${programDir}; run \`npm install\`.`;
    throw new UsageError(message, { cause: error });
  }
  const sdkRequire = createRequire(main);
  return {
    pulumi: sdkRequire(main),
    resourceProto: sdkRequire("./proto/resource_pb"),
    callbackProto: sdkRequire("./proto/callback_pb"),
    callbackGrpc: sdkRequire("./proto/callback_grpc_pb"),
    structProto: sdkRequire("google-protobuf/google/protobuf/struct_pb"),
    grpc: sdkRequire("@grpc/grpc-js"),
    state: sdkRequire("./runtime/state"),
    debuggable: sdkRequire("./runtime/debuggable"),
    rpc: sdkRequire("./runtime/rpc"),
    dependsOn: sdkRequire("./runtime/dependsOn"),
  };
}
