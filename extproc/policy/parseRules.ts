import { type AccessRule, AccessRules } from "./accessRules";
import { DocumentReader } from "./documentReader";
import { attributeName, attributeNameMeaning } from "./names";
import { printable, printableMeaning } from "./parseModels";

/** Who may call which models; `undefined` where the document leaves that open. */
export function parseRules(access: DocumentReader): AccessRules | undefined {
  if (!access.has("rules")) {
    return undefined;
  }
  const rules = access
    .entries("rules", printable, printableMeaning)
    .map(([name, path, value]): AccessRule => {
      const reader = new DocumentReader(access.problems, path, value);
      const models = reader.texts("models", "is empty; name models, or leave it out for all");
      const callers = parseCallers(reader);
      reader.finish();
      return { name, models: models === undefined ? undefined : new Set(models), callers };
    });
  return new AccessRules(rules);
}

function parseCallers(rule: DocumentReader): AccessRule["callers"] {
  const callers = new Map<string, ReadonlySet<string>>();
  for (const [attribute, path, value] of rule.entries("callers", attributeName, attributeNameMeaning)) {
    const one = new DocumentReader(rule.problems, rule.at("callers"), { [attribute]: value });
    const values = one.texts(attribute, "is empty, so nobody has it; name values, or leave it out");
    if (attribute === "model") {
      rule.problems.add(path, undefined, "is the model of the request; say models beside callers");
    }
    callers.set(attribute, new Set(values ?? []));
  }
  return callers;
}
