import { join } from "node:path";

/** The processor's own `.proto` files. */
export const protoFolder = join(process.cwd(), "extproc", "proto");

/** Those with a service in them. */
export const serviceFiles = ["external_processor.proto", "access_log.proto"] as const;

/** Fields of `ProcessingRequest` that say what a message is about; those of the answer have the same names. */
export const phases = [
  "requestHeaders",
  "responseHeaders",
  "requestBody",
  "responseBody",
  "requestTrailers",
  "responseTrailers",
] as const;
export type Phase = (typeof phases)[number];
