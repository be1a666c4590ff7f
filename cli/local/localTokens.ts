import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { JwtArgs } from "../../components/budgets/accessArgs";
import type { ResolvedIssuer, ResolvedJwt } from "../../components/budgets/resolvedAccess";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { asArray, asObject } from "./engine/json";
import { known } from "./manifestFile";

/** Tokens of a key that lives as long as one run, so that the issuer of the real ones is not needed here. */
export interface LocalTokens {
  /** The declaration with the key among those of its issuer. */
  readonly declaration: ModelGatewayArgs;
  /** How the gateway differs from one in a cluster, as a sentence. */
  readonly difference: string;
  /** A token of the first of the declared issuers, for a caller with these attributes. */
  token(attributes: Readonly<Record<string, string>>): string;
}

const keyId = "ai-gateway-local";
const daySeconds = 86_400;

/**
 * Adds a key of this run to those by which a declaration knows its callers' tokens, whichever issuer's: keys are not
 * fetched here. `undefined` where it takes none.
 */
export async function localTokens(
  declaration: ModelGatewayArgs,
  issuers: readonly ResolvedIssuer[],
): Promise<LocalTokens | undefined> {
  const [first] = issuers;
  if (first === undefined) {
    return undefined;
  }
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const own = { ...publicKey.export({ format: "jwk" }), kid: keyId, alg: "ES256", use: "sig" };
  const changed = await Promise.all(issuers.map((one) => withKey(one, own)));
  const [only] = changed;
  const { jwt: _jwt, issuers: _issuers, ...others } = declaration.access ?? {};
  const named = changed.flatMap(({ name, args }) => (name === undefined ? [] : [[name, args] as const]));
  const tokens = named.length > 0 ? { issuers: Object.fromEntries(named) } : { jwt: only?.args };
  return {
    declaration: { ...declaration, access: { ...others, ...tokens } },
    difference: changed.map(({ difference }) => difference).join("; "),
    token: (attributes) => signed(privateKey, payloadOf(first, attributes)),
  };
}

/** An issuer whose keys are here: those that are declared, and one more. */
async function withKey({ name, issuer, audiences, localJwks, claims }: ResolvedIssuer, own: object) {
  const declared = keysIn(await known(localJwks));
  const args: JwtArgs = {
    issuer,
    ...(audiences.length === 0 ? {} : { audiences: [...audiences] }),
    localJwks: JSON.stringify({ keys: [...declared, own] }),
    claims: { ...claims },
  };
  const difference =
    declared.length > 0
      ? `tokens of ${issuer} count, and those that this command signs itself`
      : `tokens that this command signs itself count in place of those of ${issuer}`;
  return { name, args, difference };
}

/** None where the keys are fetched by URL, or known only to a deployment. */
function keysIn(localJwks: unknown): readonly unknown[] {
  try {
    return typeof localJwks === "string" ? asArray(asObject(JSON.parse(localJwks))["keys"]) : [];
  } catch {
    return [];
  }
}

function payloadOf(
  { issuer, audiences, claims }: ResolvedJwt,
  attributes: Readonly<Record<string, string>>,
): object {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const named = Object.entries(claims).map(([attribute, claim]) => [
    claim,
    attributes[attribute] ?? `local-${attribute}`,
  ]);
  return {
    ...Object.fromEntries(named),
    iss: issuer,
    ...(audiences[0] === undefined ? {} : { aud: audiences[0] }),
    iat: nowSeconds,
    exp: nowSeconds + 30 * daySeconds,
  };
}

function signed(key: KeyObject, payload: object): string {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");
  const content = `${part({ alg: "ES256", typ: "JWT", kid: keyId })}.${part(payload)}`;
  const signature = sign("sha256", Buffer.from(content), { key, dsaEncoding: "ieee-p1363" });
  return `${content}.${signature.toString("base64url")}`;
}
