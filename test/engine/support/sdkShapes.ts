import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import type { Shape, ShapeTable } from "./standIn/checkShape";

// Reads the argument types of Pulumi's SDKs from their declaration files, so that a stand-in can refuse at run time
// what the types would refuse: spreads, casts and computed members pass the compiler, and not this.

/** SDKs by the package in a resource's type. */
const sdks: Readonly<Record<string, string>> = {
  aws: "@pulumi/aws",
  "docker-build": "@pulumi/docker-build",
  eks: "@pulumi/eks",
  kubernetes: "@pulumi/kubernetes",
  random: "@pulumi/random",
};

/** The shapes of the arguments of types such as "aws:eks/nodeGroup:NodeGroup". */
export function sdkShapes(types: readonly string[]): ShapeTable {
  const table: ShapeTable = { types: {}, objects: {} };
  const sources = new Map<string, Sources>();
  for (const type of types) {
    const [sdk = "", path = "", kind = ""] = type.split(":");
    const folder = dirname(require.resolve(`${sdks[sdk]}/package.json`));
    const source = sources.get(sdk) ?? new Sources(sdk, folder, table);
    sources.set(sdk, source);
    table.types[type] = source.argumentsOf(fileOf(sdk, path, kind), `${kind}Args`);
  }
  return table;
}

/** Where an SDK declares a class, such as "apps/v1/deployment" for "apps/v1" and "Deployment". */
function fileOf(sdk: string, path: string, kind: string): string {
  const file = `${kind[0]?.toLowerCase()}${kind.slice(1)}`;
  if (sdk === "kubernetes") {
    const [group = "", version = ""] = path.split("/");
    return `${group.split(".")[0]}/${version}/${file}`;
  }
  return path === "index" || path.startsWith("index/") ? file : path;
}

/** The declarations of one SDK. */
class Sources {
  private inputs: ReadonlyMap<string, ts.InterfaceDeclaration> | undefined;

  constructor(
    private readonly sdk: string,
    private readonly folder: string,
    private readonly table: ShapeTable,
  ) {}

  argumentsOf(file: string, name: string): string {
    const found = interfacesOf(join(this.folder, `${file}.d.ts`)).get(name);
    if (found === undefined) {
      throw new Error(`${this.sdk}: ${file}.d.ts declares no ${name}`);
    }
    return this.objectOf(`${this.sdk} ${name}`, found);
  }

  /** The key of an interface's shape, which is made once; kinds may hold themselves. */
  private objectOf(key: string, { members }: ts.InterfaceDeclaration): string {
    if (this.table.objects[key] !== undefined) {
      return key;
    }
    const properties = members.filter(ts.isPropertySignature);
    const fields: Record<string, Shape> = {};
    const required: string[] = [];
    this.table.objects[key] = { fields, required };
    for (const member of properties) {
      const name = ts.isStringLiteral(member.name) ? member.name.text : member.name.getText();
      fields[name] = member.type === undefined ? "any" : this.shapeOf(member.type);
      if (member.questionToken === undefined) {
        required.push(name);
      }
    }
    return key;
  }

  private shapeOf(node: ts.TypeNode): Shape {
    if (ts.isParenthesizedTypeNode(node)) {
      return this.shapeOf(node.type);
    }
    if (ts.isArrayTypeNode(node)) {
      return { array: this.shapeOf(node.elementType) };
    }
    if (ts.isUnionTypeNode(node)) {
      const shapes = node.types
        .filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword)
        .map((type) => this.shapeOf(type));
      const [only = "any", ...others] = shapes;
      return others.length === 0 ? only : { oneOf: shapes };
    }
    if (ts.isTypeLiteralNode(node)) {
      const [index] = node.members.filter(ts.isIndexSignatureDeclaration);
      return index === undefined ? "any" : { map: this.shapeOf(index.type) };
    }
    return ts.isTypeReferenceNode(node) ? this.referenceOf(node) : primitiveOf(node);
  }

  private referenceOf(node: ts.TypeReferenceNode): Shape {
    const name = node.typeName.getText();
    const [argument] = node.typeArguments ?? [];
    if (/^(pulumi\.)?(Input|Output)$/.test(name) && argument !== undefined) {
      return this.shapeOf(argument);
    }
    if (name.startsWith("enums.")) {
      return "string";
    }
    const inner = /^inputs\.(.+)$/.exec(name)?.[1];
    this.inputs ??= interfacesOf(join(this.folder, "types/input.d.ts"));
    const found = inner === undefined ? undefined : this.inputs.get(inner);
    return found === undefined ? "any" : { object: this.objectOf(`${this.sdk} ${inner}`, found) };
  }
}

function primitiveOf(node: ts.TypeNode): Shape {
  switch (ts.isLiteralTypeNode(node) ? node.literal.kind : node.kind) {
    case ts.SyntaxKind.StringKeyword:
    case ts.SyntaxKind.StringLiteral:
      return "string";
    case ts.SyntaxKind.NumberKeyword:
    case ts.SyntaxKind.NumericLiteral:
      return "number";
    case ts.SyntaxKind.BooleanKeyword:
    case ts.SyntaxKind.TrueKeyword:
    case ts.SyntaxKind.FalseKeyword:
      return "boolean";
    default:
      return "any";
  }
}

/** Interfaces of a file by their name with namespaces, such as "apps.v1.DeploymentSpec". */
function interfacesOf(file: string): ReadonlyMap<string, ts.InterfaceDeclaration> {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const found = new Map<string, ts.InterfaceDeclaration>();
  const walk = (statements: readonly ts.Statement[], prefix: string) => {
    for (const statement of statements) {
      if (ts.isInterfaceDeclaration(statement)) {
        found.set(`${prefix}${statement.name.text}`, statement);
      } else if (ts.isModuleDeclaration(statement)) {
        walkModule(statement, `${prefix}${statement.name.text}.`);
      }
    }
  };
  const walkModule = ({ body }: ts.ModuleDeclaration, prefix: string) => {
    if (body !== undefined && ts.isModuleBlock(body)) {
      walk(body.statements, prefix);
    } else if (body !== undefined && ts.isModuleDeclaration(body)) {
      walkModule(body, `${prefix}${body.name.text}.`);
    }
  };
  walk(source.statements, "");
  return found;
}
