/** What is compared; `none` is Envoy without a processor. */
export const serverNames = {
  none: "no processor",
  "grpc-js": "@grpc/grpc-js",
  "connect-node": "@connectrpc/connect-node",
  http2: "node:http2, own codec",
  product: "extproc/stream.ts",
} as const;
export type ServerName = keyof typeof serverNames;

/** Those that are servers. */
export type RealServerName = Exclude<ServerName, "none">;
