import { BlockList } from "node:net";
import type { Problems } from "../shared/problems";
import type { ResolvedEndpoint } from "./resolved";

/** Addresses that are not routed on the internet (RFC 1918, 4193), those of pods on EKS (RFC 6598) and of this machine. */
const inside = new BlockList();
inside.addSubnet("10.0.0.0", 8);
inside.addSubnet("172.16.0.0", 12);
inside.addSubnet("192.168.0.0", 16);
inside.addSubnet("100.64.0.0", 10);
inside.addSubnet("127.0.0.0", 8);
inside.addSubnet("fc00::", 7, "ipv6");
inside.addAddress("::1", "ipv6");

/** Reports an endpoint to which a key would travel without encryption. `isOwn`: it may be a server in the cluster. */
export function checkClearText(
  path: string,
  endpoint: ResolvedEndpoint,
  isOwn: boolean,
  problems: Problems,
): void {
  if (endpoint.tls !== undefined || (isOwn && isInside(endpoint))) {
    return;
  }
  problems.add(
    path,
    isOwn
      ? `speaks http:// to ${endpoint.host} outside the cluster, so the key would travel in the clear; use https://, or a Service's name (llm.<namespace>.svc.cluster.local) or a private address`
      : `speaks http:// to ${endpoint.host}, so the credential would travel in the clear; use https://`,
  );
}

/** A name of a single label, or `localhost`, is refused in a cluster, and on a laptop it is this machine's network. */
function isInside({ host, isIp }: ResolvedEndpoint): boolean {
  if (isIp) {
    return inside.check(host, host.includes(":") ? "ipv6" : "ipv4");
  }
  return !host.includes(".") || /\.(svc|svc\.cluster\.local|localhost)$/.test(host);
}
