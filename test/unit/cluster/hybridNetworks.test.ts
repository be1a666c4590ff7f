import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveHybridNetworks } from "../../../components/cluster/hybridNetworks";
import { Problems } from "../../../components/shared/problems";

const others = { "the VPC's": "10.0.0.0/16", serviceCidr: "172.20.0.0/16", unknown: undefined };

function problemsOf(nodeCidrs: string[], podCidrs: string[], podMaskSize?: number): readonly string[] {
  const problems = new Problems();
  resolveHybridNetworks("hybrid", { nodeCidrs, podCidrs, podMaskSize }, others, problems);
  return problems.all.map(({ path, reason }) => `${path}: ${reason}`);
}

describe("networks of hybrid hosts", () => {
  it("take what meets nothing, with 128 addresses for each host", () => {
    const problems = new Problems();
    const networks = resolveHybridNetworks(
      "hybrid",
      { nodeCidrs: ["10.80.0.0/16"], podCidrs: ["10.81.0.0/16"] },
      others,
      problems,
    );
    expect(problems.all).toEqual([]);
    expect(networks).toEqual({
      nodeCidrs: ["10.80.0.0/16"],
      podCidrs: ["10.81.0.0/16"],
      podMaskSize: 25,
    });
  });

  it.each([
    [
      "no network at all",
      [],
      ["10.81.0.0/16"],
      undefined,
      ["hybrid.nodeCidrs: has 0 networks; EKS takes 1 to 15"],
    ],
    [
      "text that is no network",
      ["10.80.0.1/16"],
      ["10.81.0.0/16"],
      undefined,
      [`hybrid.nodeCidrs[0]: "10.80.0.1/16" is no IPv4 network; write it as "10.80.0.0/16"`],
    ],
    [
      "public addresses",
      ["8.8.0.0/16"],
      ["10.81.0.0/16"],
      undefined,
      [
        `hybrid.nodeCidrs[0]: "8.8.0.0/16" is not private; use a network inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16`,
      ],
    ],
    [
      "addresses of the VPC",
      ["10.0.128.0/17"],
      ["10.81.0.0/16"],
      undefined,
      [
        `hybrid.nodeCidrs[0]: "10.0.128.0/17" overlaps the VPC's, "10.0.0.0/16"; use addresses that nothing else has`,
      ],
    ],
    [
      "pods among services and hosts",
      ["10.80.0.0/16"],
      ["172.16.0.0/12", "10.80.4.0/22"],
      undefined,
      [
        `hybrid.podCidrs[0]: "172.16.0.0/12" overlaps serviceCidr, "172.20.0.0/16"; use addresses that nothing else has`,
        `hybrid.podCidrs[1]: "10.80.4.0/22" overlaps hybrid.nodeCidrs[0], "10.80.0.0/16"; use addresses that nothing else has`,
      ],
    ],
    [
      "pieces larger than the network",
      ["10.80.0.0/16"],
      ["10.81.0.0/26"],
      undefined,
      [
        `hybrid.podCidrs[0]: "10.81.0.0/26" is smaller than the /25 that each host gets; use a larger network or a larger podMaskSize`,
      ],
    ],
    [
      "pieces of no size",
      ["10.80.0.0/16"],
      ["10.81.0.0/16"],
      33,
      ["hybrid.podMaskSize: 33 is not a whole number from 20 to 28"],
    ],
  ])("refuse %s", (_, nodeCidrs, podCidrs, mask, expected) => {
    expect(problemsOf(nodeCidrs, podCidrs, mask)).toEqual(expected);
  });

  it("refuse two networks exactly when one holds the first address of the other", () => {
    const cidr = fc.record({
      third: fc.integer({ min: 0, max: 255 }),
      prefix: fc.integer({ min: 20, max: 24 }),
    });
    const cut = ({ third, prefix }: { third: number; prefix: number }) =>
      ({ first: third - (third % 2 ** (24 - prefix)), size: 2 ** (24 - prefix), prefix }) as const;
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        const [left, right] = [cut(a), cut(b)];
        const meets = Array.from({ length: left.size }, (_, index) => left.first + index).some(
          (third) => third >= right.first && third < right.first + right.size,
        );
        const found = problemsOf(
          [`10.90.${left.first}.0/${left.prefix}`],
          [`10.90.${right.first}.0/${right.prefix}`],
        );
        expect(found.some((each) => each.includes("overlaps"))).toBe(meets);
      }),
    );
  });
});
