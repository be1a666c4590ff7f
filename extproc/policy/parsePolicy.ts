import { createHash } from "node:crypto";
import { canonicalJson } from "./canonicalJson";
import { checkReferences } from "./checkReferences";
import { DocumentProblems, DocumentReader, type PolicyProblem } from "./documentReader";
import { attributeName, attributeNameMeaning, headerName } from "./names";
import { parseAccess } from "./parseAccess";
import { parseBudgets } from "./parseBudgets";
import { parseModels, printable, printableMeaning } from "./parseModels";
import { parseNamedPlaces, parsePlaces } from "./parsePlaces";
import type { IdentitySource, Lookups, Policy, Webhook } from "./policy";
import { watchesAnswers } from "./watchesAnswers";

/** The policy, or everything that is wrong with the document. */
export type ParsedPolicy =
  | { readonly policy: Policy; readonly problems?: undefined }
  | { readonly policy?: undefined; readonly problems: readonly PolicyProblem[] };

/** Headers that clients set, whatever authentication does. */
const clientHeaders: readonly string[] = [
  "authorization",
  "cookie",
  "host",
  "user-agent",
  "x-ai-eg-model",
  "x-request-id",
];

/**
 * Reads a policy document. Never throws: all problems are reported at once, each with its path, value and remedy.
 * Unknown members and versions are problems, so that a setting is never ignored in silence.
 */
export function parsePolicy(json: unknown): ParsedPolicy {
  const problems = new DocumentProblems();
  const document = new DocumentReader(problems, "", json);
  const version = document.raw("version");
  if (version !== 1) {
    document.problem("version", "is not a version that this processor reads; it reads version 1");
    return { problems: problems.all };
  }
  const models = parseModels(document);
  const budgets = parseBudgets(document);
  const policy: Policy = {
    version,
    id: "",
    models,
    budgets,
    watchesAnswers: budgets.some(watchesAnswers),
    identities: parseIdentities(document),
    lookups: parseLookups(document),
    access: parseAccess(document),
    tierHeader: document.text("tierHeader", headerName, "a header name in lower case"),
    webhook: parseWebhook(document),
    replicas: document.integer("replicas", 1, 10_000, 1),
  };
  document.finish();
  checkReferences(policy, problems);
  return problems.all.length === 0
    ? { policy: { ...policy, id: fingerprint(json) } }
    : { problems: problems.all };
}

function fingerprint(json: unknown): string {
  return createHash("sha256").update(canonicalJson(json)).digest("hex").slice(0, 16);
}

function parseIdentities(document: DocumentReader): ReadonlyMap<string, IdentitySource> {
  const identities = new Map<string, IdentitySource>();
  for (const [name, path, value] of document.entries("identities", attributeName, attributeNameMeaning)) {
    const reader = new DocumentReader(document.problems, path, value);
    if (name === "model") {
      document.problems.add(path, value, "is taken: model is the model of the request; use another name");
    }
    const source = parseIdentity(reader);
    if (source !== undefined) {
      identities.set(name, source);
    }
    reader.finish();
  }
  return identities;
}

function parseIdentity(reader: DocumentReader): IdentitySource | undefined {
  const header = reader.text("header", headerName, "a header name in lower case");
  const metadata = reader.object("metadata");
  if (["header", "metadata", "anyOf", "whichOf"].filter((member) => reader.has(member)).length !== 1) {
    const remedy = "names not exactly one of header, metadata, anyOf and whichOf; name one";
    reader.problems.add(reader.path, undefined, remedy);
  }
  if (header !== undefined && clientHeaders.includes(header)) {
    reader.problem("header", "is set by clients; name one that authentication sets");
  }
  if (metadata !== undefined) {
    const namespace = metadata.text("namespace", printable, printableMeaning);
    const path = metadata.steps("path", "is empty; name the member");
    if (namespace === undefined || path === undefined) {
      reader.problem("metadata", "needs namespace and path");
    }
    metadata.finish();
    return { from: "metadata", namespace: namespace ?? "", path: path ?? [] };
  }
  const places = parsePlaces(reader, "anyOf");
  if (places.length > 0) {
    return { from: "anyOf", places };
  }
  const named = parseNamedPlaces(reader, "whichOf");
  if (named.size > 0) {
    return { from: "whichOf", places: named };
  }
  return header === undefined ? undefined : { from: "header", header };
}

function parseLookups(document: DocumentReader): Lookups {
  const lookups = new Map<string, Map<string, Map<string, string>>>();
  for (const [attribute, path, values] of document.entries("lookups", attributeName, "an attribute")) {
    const byValue = new Map<string, Map<string, string>>();
    for (const [value, at, further] of entriesAt(document.problems, path, values)) {
      const found = new Map<string, string>();
      for (const [name, where, text] of entriesAt(document.problems, at, further)) {
        if (typeof text !== "string" || text === "" || name === "model") {
          document.problems.add(where, text, "is not a non-empty string for an attribute of the caller");
        } else {
          found.set(name, text);
        }
      }
      byValue.set(value, found);
    }
    lookups.set(attribute, byValue);
  }
  return lookups;
}

function entriesAt(problems: DocumentProblems, path: string, value: unknown) {
  const reader = new DocumentReader(problems, "", { [path]: value });
  return reader.entries(path, printable, printableMeaning);
}

function parseWebhook(document: DocumentReader): Webhook | undefined {
  const reader = document.object("webhook");
  if (reader === undefined) {
    return undefined;
  }
  const url = reader.text("url", /^https?:\/\/[^\s]+$/, "an http or https URL");
  if (!reader.has("url")) {
    reader.problem("url", "is missing; say where warnings go");
  }
  const webhook = {
    url: url ?? "",
    timeoutMs: reader.integer("timeoutMs", 100, 60_000, 5000),
    authorizationFrom: reader.text(
      "authorizationFrom",
      /^[A-Z_][A-Z0-9_]*$/,
      "a name of an environment variable",
    ),
  };
  reader.finish();
  return webhook;
}
