import { isIP } from "node:net";

/** Names that no public DNS gives out: this machine, one label, a Service, a network of one's own. */
const privateName = /^(?:[^.]+|.+\.(?:localhost|svc|svc\.[^.]+\.[^.]+|local|internal))$/;

/**
 * Whether a `host` header names this server as its own people do: by address, or by a name of the machine or the
 * cluster. A web site whose name was pointed at this machine (DNS rebinding) comes with its own, and would be let read
 * what is here.
 */
export function isOwnHost(host: string | undefined): boolean {
  if (host === undefined || host === "") {
    return true;
  }
  const name = host
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "")
    .toLowerCase();
  return isIP(name) !== 0 || privateName.test(name);
}
