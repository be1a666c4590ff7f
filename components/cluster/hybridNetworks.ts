import type { Problems } from "../shared/problems";
import { isPrivateCidr, overlap, parseCidr } from "./cidr";
import { type HybridNetworksArgs, poolDefaults } from "./poolArgs";

/** Networks outside AWS with every default filled in. */
export interface ResolvedHybridNetworks {
  readonly nodeCidrs: readonly string[];
  readonly podCidrs: readonly string[];
  readonly podMaskSize: number;
}

/**
 * Fills in the defaults, and reports networks that EKS refuses or that meet another one of the cluster. `others`: those
 * by what the user calls them, for example "serviceCidr"; `undefined` for one that is not known.
 */
export function resolveHybridNetworks(
  path: string,
  args: HybridNetworksArgs,
  others: Readonly<Record<string, string | undefined>>,
  problems: Problems,
): ResolvedHybridNetworks {
  const podMaskSize = args.podMaskSize ?? poolDefaults.podMaskSize;
  for (const key of ["nodeCidrs", "podCidrs"] as const) {
    const count = args[key].length;
    if (count < 1 || count > 15) {
      problems.add(`${path}.${key}`, `has ${count} networks; EKS takes 1 to 15`);
    }
    for (const [index, cidr] of args[key].entries()) {
      checkPrivate(`${path}.${key}[${index}]`, cidr, problems);
    }
  }
  checkOverlaps(path, args, others, problems);
  checkMask(path, args, podMaskSize, problems);
  return { nodeCidrs: args.nodeCidrs, podCidrs: args.podCidrs, podMaskSize };
}

function checkPrivate(path: string, text: string, problems: Problems): void {
  const cidr = parseCidr(text);
  if (cidr === undefined) {
    problems.add(path, `${JSON.stringify(text)} is no IPv4 network; write it as "10.80.0.0/16"`);
  } else if (!isPrivateCidr(cidr)) {
    problems.add(
      path,
      `"${text}" is not private; use a network inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16`,
    );
  }
}

/** Each network against those before it, so that two that meet are reported once. */
function checkOverlaps(
  path: string,
  args: HybridNetworksArgs,
  others: Readonly<Record<string, string | undefined>>,
  problems: Problems,
): void {
  const seen = Object.entries(others).map(([name, text]) => ({ name, text }));
  for (const key of ["nodeCidrs", "podCidrs"] as const) {
    for (const [index, text] of args[key].entries()) {
      const name = `${path}.${key}[${index}]`;
      const cidr = parseCidr(text);
      for (const other of seen) {
        const theirs = parseCidr(other.text);
        if (cidr !== undefined && theirs !== undefined && overlap(cidr, theirs)) {
          problems.add(
            name,
            `"${text}" overlaps ${other.name}, "${other.text}"; use addresses that nothing else has`,
          );
        }
      }
      seen.push({ name, text });
    }
  }
}

function checkMask(path: string, args: HybridNetworksArgs, podMaskSize: number, problems: Problems): void {
  if (!Number.isInteger(podMaskSize) || podMaskSize < 20 || podMaskSize > 28) {
    problems.add(`${path}.podMaskSize`, `${podMaskSize} is not a whole number from 20 to 28`);
    return;
  }
  for (const [index, text] of args.podCidrs.entries()) {
    const cidr = parseCidr(text);
    if (cidr !== undefined && cidr.prefix > podMaskSize) {
      problems.add(
        `${path}.podCidrs[${index}]`,
        `"${text}" is smaller than the /${podMaskSize} that each host gets; use a larger network or a larger podMaskSize`,
      );
    }
  }
}
