import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Cidr,
  cidrKey,
  contains,
  formatCidr,
  isPrivateCidr,
  overlap,
  parseCidr,
  sizeOf,
  subnetOf,
} from "../../../components/cluster/cidr";
import { planZone } from "../../../components/cluster/resolveNetwork";

const anyCidr = fc
  .tuple(fc.integer({ min: 0, max: 32 }), fc.nat(2 ** 32 - 1))
  .map(([prefix, address]): Cidr => ({ first: address - (address % 2 ** (32 - prefix)), prefix }));
const vpcs = fc
  .tuple(fc.integer({ min: 16, max: 20 }), fc.nat(255))
  .map(([prefix, part]): Cidr => ({ first: 10 * 2 ** 24 + part * 2 ** 16, prefix }));
const zoneLetters = ["a", "b", "c", "d", "e", "f", "g", "h"];

const parsed = (text: string): Cidr => {
  const cidr = parseCidr(text);
  if (cidr === undefined) {
    throw new Error(`${text} is no network`);
  }
  return cidr;
};

describe("parseCidr", () => {
  it.each([
    ["10.0.0.0/16", 10 * 2 ** 24, 16],
    ["0.0.0.0/0", 0, 0],
    ["255.255.255.255/32", 2 ** 32 - 1, 32],
    ["172.16.0.0/12", 172 * 2 ** 24 + 16 * 2 ** 16, 12],
  ])("reads %s", (text, first, prefix) => {
    expect(parseCidr(text)).toEqual({ first, prefix });
  });

  it.each([
    "10.0.0.0",
    "10.0.0.0/33",
    "10.0.0.1/16",
    "10.0.0/16",
    "256.0.0.0/8",
    "10.0.0.0/16 ",
    "::/0",
    "",
    7,
    null,
    undefined,
  ])("reads no network from %j", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it("reads what it wrote", () => {
    fc.assert(
      fc.property(anyCidr, (cidr) => {
        expect(parseCidr(formatCidr(cidr))).toEqual(cidr);
      }),
    );
  });
});

describe("overlap and contains", () => {
  it("agree with the addresses", () => {
    const last = (cidr: Cidr) => cidr.first + sizeOf(cidr) - 1;
    fc.assert(
      fc.property(anyCidr, anyCidr, (a, b) => {
        const shared = Math.max(a.first, b.first) <= Math.min(last(a), last(b));
        expect(overlap(a, b)).toBe(shared);
        expect(overlap(b, a)).toBe(shared);
        // Of two networks that share an address, the shorter prefix holds the other.
        expect(contains(a, b)).toBe(shared && a.prefix <= b.prefix);
      }),
    );
  });
});

describe("isPrivateCidr", () => {
  it.each([
    ["10.0.0.0/8", true],
    ["172.31.0.0/16", true],
    ["172.32.0.0/16", false],
    ["192.168.4.0/24", true],
    ["192.0.0.0/8", false],
    ["100.64.0.0/10", false],
    ["8.0.0.0/7", false],
  ])("%s: %s", (text, expected) => {
    expect(isPrivateCidr(parsed(text))).toBe(expected);
  });
});

describe("planZone", () => {
  it.each([
    ["10.0.0.0/16", "us-east-1a", "10.0.0.0/20", "10.0.31.0/24"],
    ["10.0.0.0/16", "us-east-1b", "10.0.32.0/20", "10.0.63.0/24"],
    ["10.0.0.0/16", "us-east-1h", "10.0.224.0/20", "10.0.255.0/24"],
    ["172.20.16.0/20", "eu-west-1c", "172.20.20.0/24", "172.20.21.240/28"],
  ])("in %s gives %s %s and %s", (vpc, zone, privateCidr, publicCidr) => {
    const plan = planZone(parsed(vpc), zone);
    expect(formatCidr(plan.privateCidr)).toBe(privateCidr);
    expect(formatCidr(plan.publicCidr)).toBe(publicCidr);
  });

  it("gives every zone subnets inside the VPC that meet no other", () => {
    fc.assert(
      fc.property(vpcs, (vpc) => {
        const subnets = zoneLetters.flatMap((letter) => Object.values(planZone(vpc, `us-east-1${letter}`)));
        for (const [index, subnet] of subnets.entries()) {
          expect(contains(vpc, subnet)).toBe(true);
          expect(subnet.prefix).toBeLessThanOrEqual(28);
          expect(subnets.slice(index + 1).some((other) => overlap(subnet, other))).toBe(false);
        }
      }),
    );
  });
});

it("counts subnets from the start of a network", () => {
  expect(formatCidr(subnetOf(parsed("10.0.0.0/16"), 24, 5))).toBe("10.0.5.0/24");
});

it("makes a part of a name from a network", () => {
  expect(cidrKey("10.0.0.0/16")).toBe("10-0-0-0-16");
});
