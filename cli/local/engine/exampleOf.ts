import { asArray, asNumber, asObject, asString, type JsonObject } from "./json";

/**
 * A small value that fits a JSON schema: the required properties only, the first of all choices. References are not
 * followed.
 */
export function exampleOf(schema: JsonObject): unknown {
  if (schema["const"] !== undefined) {
    return schema["const"];
  }
  const [choice] = asArray(schema["enum"]);
  if (choice !== undefined) {
    return choice;
  }
  const [variant] = [...asArray(schema["anyOf"]), ...asArray(schema["oneOf"])];
  if (variant !== undefined) {
    return exampleOf(asObject(variant));
  }
  const type = schema["type"];
  switch (Array.isArray(type) ? type[0] : type) {
    case "string":
      return "example";
    case "number":
    case "integer":
      return asNumber(schema["minimum"]) ?? 1;
    case "boolean":
      return true;
    case "null":
      return null;
    case "array":
      return Array.from({ length: asNumber(schema["minItems"]) ?? 0 }, () =>
        exampleOf(asObject(schema["items"])),
      );
    default: {
      const properties = asObject(schema["properties"]);
      const names = asArray(schema["required"]).map(asString);
      const entries = names.flatMap((name) =>
        name === undefined ? [] : [[name, exampleOf(asObject(properties[name]))]],
      );
      return Object.fromEntries(entries);
    }
  }
}
