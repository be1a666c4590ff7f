import { at, type Problems } from "../shared/problems";
import type { JwtArgs } from "./accessArgs";
import { checkAttributeName } from "./attributes";
import type { ResolvedJwt } from "./resolvedAccess";

/** Audiences that a provider of SecurityPolicy takes. */
const mostAudiences = 8;
const longestIssuer = 253;

export function resolveJwt(path: string, args: JwtArgs, problems: Problems): ResolvedJwt {
  const resolved: ResolvedJwt = {
    issuer: args.issuer,
    audiences: args.audiences ?? [],
    jwksUri: args.jwksUri,
    localJwks: args.localJwks,
    claims: args.claims ?? { user: "sub" },
  };
  checkIssuer(`${path}.issuer`, args.issuer, problems);
  checkAudiences(`${path}.audiences`, args.audiences, problems);
  checkKeys(path, args, problems);
  if (Object.keys(resolved.claims).length === 0) {
    problems.add(`${path}.claims`, 'is empty, so no caller could be told; write for example { user: "sub" }');
  }
  for (const [attribute, claim] of Object.entries(resolved.claims)) {
    const claimPath = at(`${path}.claims`, attribute);
    checkAttributeName(claimPath, attribute, problems);
    if (claim === "" || claim.length > 256 || /\p{Cc}/u.test(claim)) {
      problems.add(claimPath, `${JSON.stringify(claim)} is not the name of a claim, for example "sub"`);
    }
  }
  return resolved;
}

/** Envoy Gateway takes one with a colon for a URL; a token's issuer has to be equal to the letter. */
function checkIssuer(path: string, issuer: string | undefined, problems: Problems): void {
  // A missing one is reported with the other members.
  if (issuer === undefined || issuer === "") {
    return;
  }
  const isWrongUrl = issuer.includes(":") && !URL.canParse(issuer);
  if (isWrongUrl || issuer.length > longestIssuer || /\s/.test(issuer)) {
    problems.add(
      path,
      `${JSON.stringify(issuer)} is not an issuer; write it as the tokens have it in "iss", at most ${longestIssuer} characters`,
    );
  }
}

function checkAudiences(path: string, audiences: readonly string[] | undefined, problems: Problems): void {
  if (audiences?.length === 0) {
    problems.add(path, "is empty; name the audiences, or leave it out for any");
  }
  if (audiences !== undefined && audiences.length > mostAudiences) {
    problems.add(path, `has ${audiences.length} entries, and a provider takes ${mostAudiences}`);
  }
}

function checkKeys(path: string, { jwksUri, localJwks }: JwtArgs, problems: Problems): void {
  if ((jwksUri === undefined) === (localJwks === undefined)) {
    const given = jwksUri === undefined ? "neither" : "both";
    problems.add(path, `gives ${given} of jwksUri and localJwks; give exactly one`);
  }
  if (typeof jwksUri === "string") {
    checkJwksUri(`${path}.jwksUri`, jwksUri, problems);
  }
  if (typeof localJwks === "string") {
    checkKeySet(`${path}.localJwks`, localJwks, problems);
  }
}

function checkJwksUri(path: string, text: string, problems: Problems): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    problems.add(path, `${JSON.stringify(text)} is not a URL; write it as https://login.example.com/keys`);
  } else if (url.protocol === "http:" && !/\.svc(\.cluster\.local)?$|^localhost$|^127\./.test(url.hostname)) {
    problems.add(
      path,
      `${JSON.stringify(text)} is not encrypted, so somebody on the way could put keys of their own in; use https://`,
    );
  }
}

/** Never repeats what may be a secret. */
function checkKeySet(path: string, text: string, problems: Problems): void {
  const keys = keysIn(text);
  if (keys === undefined || keys.length === 0) {
    problems.add(path, 'is not a set of public keys; give its JSON, {"keys": [...]}');
  } else if (keys.some((key) => typeof key === "object" && key !== null && ("d" in key || "k" in key))) {
    problems.add(path, "holds a private key, which would stand in the clear; give the public keys alone");
  }
}

function keysIn(text: string): readonly unknown[] | undefined {
  try {
    const set: unknown = JSON.parse(text);
    const keys = typeof set === "object" && set !== null && "keys" in set ? set.keys : undefined;
    return Array.isArray(keys) ? keys : undefined;
  } catch {
    return undefined;
  }
}
