import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { allActions, awsPermissions, functionPermissions } from "../../../tools/generate/awsPermissions";
import { permissionsFile, permissionsPage } from "../../../tools/generate/permissionsPage";

const components = join(__dirname, "..", "..", "..", "components");

/** Source texts of the components. */
const sources = readdirSync(components, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(join(components, file), "utf8"));

const lowerFirst = (text: string): string => text.replace(/^./, (letter) => letter.toLowerCase());

/** Pulumi's type of a class: "ec2.Vpc" is "aws:ec2/vpc:Vpc". */
function typeOf(className: string): string {
  const [module = "", name = ""] = className.split(".");
  return `aws:${module}/${lowerFirst(name)}:${name}`;
}

describe("the table of permissions", () => {
  it("has a row for every class of AWS that a component makes", () => {
    const made = sources.flatMap((text) =>
      [...text.matchAll(/new aws\.(\w+\.\w+)\(/g)].map(([, name = ""]) => name),
    );
    expect(new Set(made).size).toBeGreaterThan(20);
    expect([...new Set(made)].map(typeOf).filter((type) => !awsPermissions.has(type))).toEqual([]);
  });

  it("has a row for every function of AWS that a component calls", () => {
    const called = sources.flatMap((text) =>
      [...text.matchAll(/aws\.(?:(\w+)\.)?(get[A-Z]\w*?)(?:Output)?\(/g)].map(
        ([, module = "index", name = ""]) => `aws:${module}/${name}:${name}`,
      ),
    );
    expect([...new Set(called)].filter((name) => !functionPermissions.has(name))).toEqual([]);
  });

  it("has rows that nothing makes for the EKS component's own resources only", () => {
    const text = sources.join("\n");
    const unused = [...awsPermissions.keys()].filter((type) => {
      const [, module = "", , name = ""] = /^aws:(\w+)\/(\w+):(\w+)$/.exec(type) ?? [];
      return !text.includes(`new aws.${module}.${name}(`);
    });
    expect(unused).toEqual([
      "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
      "aws:eks/cluster:Cluster",
    ]);
  });

  it("says for every type how it is made, read and deleted", () => {
    for (const [type, actions] of awsPermissions) {
      for (const action of [...actions.create, ...actions.read, ...actions.update, ...actions.delete]) {
        expect(action, type).toMatch(/^[a-z0-9]+:[A-Z][A-Za-z]+$/);
      }
      expect(actions.create, type).not.toEqual([]);
      expect(actions.read, type).not.toEqual([]);
      expect(actions.delete, type).not.toEqual([]);
    }
  });

  it("asks for no action of everything", () => {
    expect(allActions().filter((action) => action.includes("*"))).toEqual([]);
  });
});

it("docs/permissions.md is what the table says; else run `npm run generate`", () => {
  expect(readFileSync(permissionsFile, "utf8")).toBe(permissionsPage());
});
