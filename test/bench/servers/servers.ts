/** The servers that are compared, and what each is. */
export const serverNames = {
  "grpc-js": "@grpc/grpc-js",
  "connect-node": "@connectrpc/connect-node",
  http2: "node:http2 and the processor's codec",
  product: "extproc/stream.ts",
} as const;
export type ServerName = keyof typeof serverNames;
