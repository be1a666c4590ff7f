import { networkInterfaces } from "node:os";

/** An address of this machine that is not its loopback: a call to it arrives as from another machine. */
export const outerAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
