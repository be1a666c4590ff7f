import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Evaluation, PlanResource } from "../../cli/evaluate/evaluation";
import { maskValue, revealValue, wireSecret, wireUnknown } from "../../cli/evaluate/values";
import { planChunks } from "../../cli/plan";
import { compareText, inDependencyOrder } from "../../cli/render/order";

function resource(name: string, fields: Partial<PlanResource> = {}): PlanResource {
  return {
    urn: `urn:pulumi:s::p::t::${name}`,
    type: "t",
    name,
    custom: true,
    dependencies: [],
    inputs: {},
    options: {},
    ...fields,
  };
}

function evaluation(resources: PlanResource[], outputs: Record<string, unknown> = {}): Evaluation {
  return { project: "p", stack: "s", resources, outputs, warnings: [] };
}

const plan = (value: Evaluation) => [...planChunks(value)].join("");
const byUrn = (a: PlanResource, b: PlanResource) => compareText(a.urn, b.urn);

describe("maskValue", () => {
  it("masks secrets and unknowns at any depth and sorts keys", () => {
    const value = { b: [wireSecret({ x: 1 }), { z: wireUnknown, a: 1 }], a: `urn::x::${wireUnknown}` };
    expect(JSON.stringify(maskValue(value))).toBe(
      '{"a":"urn::x::[unknown]","b":["[secret]",{"a":1,"z":"[unknown]"}]}',
    );
  });

  it("never lets a secret through, wherever it stands", () => {
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        fc.constant(wireSecret("hush-hush")),
        fc.constant(wireSecret({ deep: ["hush-hush"] })),
        fc.integer(),
        fc.array(tie("node"), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie("node"), { maxKeys: 3 }),
      ),
    })).node;
    fc.assert(
      fc.property(tree, (value) => {
        expect(JSON.stringify(maskValue(value) ?? null)).not.toContain("hush-hush");
      }),
    );
  });

  it("is undone for secrets by revealValue, which keeps the order of keys", () => {
    const value = { b: wireSecret({ y: [wireSecret("s")] }), a: wireUnknown };
    expect(JSON.stringify(revealValue(value))).toBe('{"b":{"y":["s"]},"a":"[unknown]"}');
  });
});

describe("inDependencyOrder", () => {
  it("orders by need, then by URN, whatever the order of registration", () => {
    const urn = (name: string) => resource(name).urn;
    const resources = [
      resource("a", { dependencies: [urn("c")] }),
      resource("b", { parent: urn("d") }),
      resource("c"),
      resource("d", { provider: urn("e") }),
      resource("e"),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(resources, { minLength: 5 }), (shuffled) => {
        expect(inDependencyOrder(shuffled, byUrn).map(({ name }) => name)).toEqual(["c", "a", "e", "d", "b"]);
      }),
    );
  });

  it("keeps all resources of any graph, each after what it needs", () => {
    const graph = fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(graph, (edges) => {
        const resources = edges.map((needs, index) =>
          resource(`r${index}`, {
            dependencies: index === 0 ? [] : needs.map((need) => resource(`r${need % index}`).urn),
          }),
        );
        const ordered = inDependencyOrder(resources.toReversed(), byUrn);
        const position = new Map(ordered.map(({ urn }, index) => [urn, index]));
        expect(position.size).toBe(resources.length);
        for (const [index, { dependencies }] of ordered.entries()) {
          expect(dependencies.every((urn) => (position.get(urn) ?? index) < index)).toBe(true);
        }
      }),
    );
  });
});

describe("planChunks", () => {
  it("is JSON with the documented fields, absent ones left out", () => {
    const parsed = JSON.parse(
      plan(evaluation([resource("a", { inputs: { z: 1, a: wireSecret("x") } })], { out: wireUnknown })),
    );
    expect(parsed).toEqual({
      version: 1,
      project: "p",
      stack: "s",
      resources: [
        {
          urn: "urn:pulumi:s::p::t::a",
          type: "t",
          name: "a",
          custom: true,
          dependencies: [],
          inputs: { a: "[secret]", z: 1 },
          options: {},
        },
      ],
      outputs: { out: "[unknown]" },
    });
  });

  it("has the same bytes for any order of registration", () => {
    const resources = ["x", "y", "z"].map((name) => resource(name));
    expect(plan(evaluation(resources.toReversed()))).toBe(plan(evaluation(resources)));
  });

  it("masks every value of a Kubernetes Secret, marked or not, and shows its keys", () => {
    const secret = resource("s", {
      type: "kubernetes:core/v1:Secret",
      inputs: {
        apiVersion: "v1",
        kind: "Secret",
        data: wireSecret({ b: "Yg==", a: "YQ==" }),
        stringData: { c: "plain" },
      },
    });
    const text = plan(evaluation([secret]));
    expect(text).not.toMatch(/Yg==|YQ==|plain/);
    expect(JSON.parse(text).resources[0].inputs).toMatchObject({
      data: { a: "[secret]", b: "[secret]" },
      stringData: { c: "[secret]" },
    });
  });
});
