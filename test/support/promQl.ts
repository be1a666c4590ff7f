import type { SyntaxNode } from "@lezer/common" with { "resolution-mode": "import" };

/** What a query asks of one metric. */
export interface Selector {
  readonly metric: string;
  /** Labels that it matches, or that the aggregations around it keep. */
  readonly labels: readonly string[];
}

/** Takes a query apart; throws where it is no PromQL. */
export type SelectorsOf = (query: string) => readonly Selector[];

/** Grafana fills these in; here any time does. */
const variables = /\$__(?:rate_interval|range|interval)\b/g;

/** Prometheus' own grammar, which comes as a module of the other kind. */
export async function promQl(): Promise<SelectorsOf> {
  const { parser } = await import("@prometheus-io/lezer-promql");
  return (query) => {
    const text = query.replace(variables, "5m");
    const found: Selector[] = [];
    parser.parse(text).iterate({
      enter({ type, from, to, node }) {
        if (type.isError) {
          throw new Error(`no PromQL at ${from}: ${text.slice(0, from)}>>>${text.slice(from, to + 20)}`);
        }
        if (type.name === "VectorSelector") {
          found.push(selectorOf(node, text));
        }
      },
    });
    return found;
  };
}

function selectorOf(node: SyntaxNode, text: string): Selector {
  const textOf = ({ from, to }: SyntaxNode) => text.slice(from, to);
  const metric = node.getChild("Identifier");
  if (metric === null) {
    throw new Error(`a selector without a metric: ${textOf(node)}`);
  }
  const labels = new Set(namesIn(node).map(textOf));
  for (let outer = node.parent; outer !== null; outer = outer.parent) {
    for (const modifier of outer.name === "AggregateExpr" ? outer.getChildren("AggregateModifier") : []) {
      for (const name of namesIn(modifier)) {
        labels.add(textOf(name));
      }
    }
  }
  return { metric: textOf(metric), labels: [...labels].sort() };
}

/** Names of labels below a node. */
function namesIn(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    found.push(...(child.name === "LabelName" ? [child] : namesIn(child)));
  }
  return found;
}

/** Labels of each metric of a scrape; those of series without a sample are not known. */
export function labelsOf(scrape: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const line of scrape.split("\n")) {
    const [, name, labels = ""] = /^([a-zA-Z_:][\w:]*)(\{.*\})? \S+(?: \d+)?$/.exec(line) ?? [];
    if (name !== undefined) {
      const known = found.get(name) ?? new Set<string>();
      for (const [, label = ""] of labels.matchAll(/([a-zA-Z_]\w*)="(?:[^"\\]|\\.)*"/g)) {
        known.add(label);
      }
      found.set(name, known);
    }
  }
  return found;
}
