import type { AcceleratorShape } from "./acceleratorShape";

/** A network interface of a node with EFA. */
export interface EfaInterface {
  readonly networkCardIndex: number;
  readonly deviceIndex: number;
  /** "interface": for IP; "efa-only": for the fabric, without an address. */
  readonly interfaceType: "interface" | "efa-only";
}

/**
 * Types whose first card has no EFA, so that the fabric begins at the second one: p6-b300 has 17 cards for 16 interfaces
 * of the fabric, every other type of the table as many cards as interfaces (limits and instance page of
 * aws/karpenter-provider-aws, August 2026). Where the first card has none, the fabric starts behind it (AWS EC2 user
 * guide, network bandwidth of instances with several network cards, 2026).
 */
const fabricBehindFirstCard: readonly string[] = ["p6-b300.48xlarge"];

/**
 * The interfaces of a node: one for IP on the first card, and one of the fabric on each card. Only the first has an
 * address, for 32 interfaces with a warm pool of addresses each would empty a subnet (AWS EKS user guide, 2026).
 */
export function efaInterfaces({ name, efaInterfaces: count }: AcceleratorShape): readonly EfaInterface[] {
  const behind = fabricBehindFirstCard.includes(name);
  const fabric = Array.from({ length: count }, (_, index): EfaInterface => {
    const networkCardIndex = behind ? index + 1 : index;
    return { networkCardIndex, deviceIndex: networkCardIndex === 0 ? 1 : 0, interfaceType: "efa-only" };
  });
  return [{ networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface" }, ...fabric];
}
