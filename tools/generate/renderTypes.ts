import { splitKind } from "./kinds";
import type { Interface, TypeModel } from "./typeModel";

const head = "// Made by `npm run generate` from the CRD files of the release sets. Not edited by hand.";

/** The file with the interfaces of all kinds. */
export function renderTypes({ interfaces, specs }: TypeModel): string {
  const kinds = [...specs].map(([key, spec]) => {
    const { apiVersion, kind } = splitKind(key);
    return `  readonly ${kind}: { readonly apiVersion: ${JSON.stringify(apiVersion)}; readonly spec: ${spec} };`;
  });
  return [
    head,
    'import type { Input } from "@pulumi/pulumi";',
    "",
    "/** Of every kind, its apiVersion and the type of its spec. */",
    `export interface Kinds {\n${kinds.join("\n")}\n}`,
    "",
    ...interfaces.map(renderInterface),
  ].join("\n");
}

/** The file with a resource class for each kind. */
export function renderResources({ specs }: TypeModel): string {
  const keys = [...specs.keys()];
  const byName = [...keys].sort((a, b) => (splitKind(a).kind < splitKind(b).kind ? -1 : 1));
  const imports = byName.map((key) => specs.get(key) ?? "").filter((name) => /^\w+$/.test(name));
  return [
    head,
    'import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";',
    'import type { CustomResourceOptions } from "@pulumi/pulumi";',
    'import type { CrdArgs, CrdClass } from "../crdResource";',
    `import type {\n${imports.map((name) => `  ${name},`).join("\n")}\n} from "./types";`,
    "",
    ...byName.map((key) => renderClass(key, specs.get(key) ?? "")),
    '/** The resource class of each kind, by "group/version/Kind". */',
    "export const customResources = {",
    ...keys.map((key) => `  ${JSON.stringify(key)}: ${splitKind(key).kind},`),
    "} as Readonly<Record<string, CrdClass>>;",
    "",
  ].join("\n");
}

function renderClass(key: string, spec: string): string {
  const { apiVersion, kind } = splitKind(key);
  return [
    `export interface ${kind}Args extends CrdArgs<${spec}> {}`,
    "",
    `export class ${kind} extends CustomResource {`,
    `  constructor(name: string, args: ${kind}Args, opts?: CustomResourceOptions) {`,
    `    super(name, { apiVersion: ${JSON.stringify(apiVersion)}, kind: ${JSON.stringify(kind)}, ...args }, opts);`,
    "  }",
    "}",
    "",
  ].join("\n");
}

function renderInterface({ name, fields, open }: Interface): string {
  const lines = fields.flatMap(({ name: field, optional, type, note }) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(field) ? field : JSON.stringify(field);
    const line = `  readonly ${key}${optional ? "?" : ""}: ${type};`;
    return note === undefined ? [line] : [`  /** ${note} */`, line];
  });
  const rest = open ? ["  readonly [field: string]: unknown;"] : [];
  return [`export interface ${name} {`, ...lines, ...rest, "}", ""].join("\n");
}
