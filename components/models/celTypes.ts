import type { parse } from "@bufbuild/cel";

type Expression = ReturnType<typeof parse>["expr"];

/** Kind of a value in CEL; `dyn` where this check does not know it. */
export type CelKind = "uint" | "int" | "double" | "bool" | "string" | "list" | "dyn";

const numeric: readonly CelKind[] = ["uint", "int", "double"];

const literals: Readonly<Record<string, CelKind>> = {
  int64Value: "int",
  uint64Value: "uint",
  doubleValue: "double",
  boolValue: "bool",
  stringValue: "string",
};

/** What functions take and give; the first argument of a method is what stands before the dot. */
const functions: Readonly<Record<string, { readonly takes: readonly CelKind[]; readonly gives: CelKind }>> = {
  uint: { takes: ["uint", "int", "double", "string"], gives: "uint" },
  int: { takes: ["uint", "int", "double", "string"], gives: "int" },
  double: { takes: ["uint", "int", "double", "string"], gives: "double" },
  size: { takes: ["string", "list"], gives: "int" },
  startsWith: { takes: ["string"], gives: "bool" },
  endsWith: { takes: ["string"], gives: "bool" },
  contains: { takes: ["string"], gives: "bool" },
  matches: { takes: ["string"], gives: "bool" },
};

const symbols: Readonly<Record<string, string>> = {
  "_+_": "+",
  "_-_": "-",
  "_*_": "*",
  "_/_": "/",
  "_%_": "%",
  "_==_": "==",
  "_!=_": "!=",
  "_<_": "<",
  "_<=_": "<=",
  "_>_": ">",
  "_>=_": ">=",
};

/**
 * The kind that an expression gives, and what AI Gateway's compiler would refuse in it. That compiler looks at every
 * branch and never mixes kinds of numbers; an evaluation sees one branch and compares all numbers.
 */
export function celKindOf(
  expression: Expression,
  variables: Readonly<Record<string, CelKind>>,
): { readonly kind: CelKind; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const kind = new Walk(variables, problems).kindOf(expression);
  return { kind, problems };
}

class Walk {
  constructor(
    private readonly variables: Readonly<Record<string, CelKind>>,
    private readonly problems: string[],
  ) {}

  kindOf(expression: Expression | undefined): CelKind {
    const node = expression?.exprKind;
    switch (node?.case) {
      case "constExpr":
        return literals[node.value.constantKind.case ?? ""] ?? "dyn";
      case "identExpr":
        return this.variable(node.value.name);
      case "listExpr":
        for (const element of node.value.elements) {
          this.kindOf(element);
        }
        return "list";
      case "callExpr": {
        const { target, function: name, args } = node.value;
        const operands = target === undefined ? args : [target, ...args];
        return this.call(
          name,
          operands.map((operand) => this.kindOf(operand)),
        );
      }
      default:
        return "dyn";
    }
  }

  private variable(name: string): CelKind {
    const kind = Object.hasOwn(this.variables, name) ? this.variables[name] : undefined;
    if (kind === undefined) {
      const known = Object.keys(this.variables).join(", ");
      this.problems.push(`names ${name}, which costs cannot see; known are ${known}`);
    }
    return kind ?? "dyn";
  }

  private call(name: string, kinds: readonly CelKind[]): CelKind {
    const [first = "dyn", second = "dyn", third = "dyn"] = kinds;
    switch (name) {
      case "_?_:_":
        this.same("?:", second, third);
        return second === "dyn" ? third : second;
      case "-_":
        if (first === "uint") {
          this.problems.push("puts a minus before an unsigned number, which has none");
        }
        return first;
      case "_&&_":
      case "_||_":
      case "!_":
      case "@in":
        return "bool";
    }
    const symbol = symbols[name];
    if (symbol === undefined) {
      return this.called(name, first);
    }
    const isSame = this.same(symbol, first, second);
    if (/[<>=]/.test(symbol)) {
      return "bool";
    }
    if (isSame && ![...numeric, "dyn", ...(symbol === "+" ? ["string", "list"] : [])].includes(first)) {
      this.problems.push(`calculates with a ${first} (${symbol})`);
    }
    return first === "dyn" ? second : first;
  }

  private called(name: string, first: CelKind): CelKind {
    const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (known !== undefined && first !== "dyn" && !known.takes.includes(first)) {
      this.problems.push(`calls ${name} on a ${first}`);
    }
    return known?.gives ?? "dyn";
  }

  private same(symbol: string, a: CelKind, b: CelKind): boolean {
    if (a === b || a === "dyn" || b === "dyn") {
      return true;
    }
    const isNumbers = numeric.includes(a) && numeric.includes(b);
    this.problems.push(
      isNumbers
        ? `mixes kinds of numbers (${a} ${symbol} ${b}); token counts are unsigned, so write 2u, or uint(double(input_tokens) * 0.5)`
        : `mixes ${a} and ${b} (${symbol})`,
    );
    return false;
  }
}
