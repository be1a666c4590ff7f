import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { ResolvedJwt } from "../../components/budgets/resolvedAccess";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { asArray, asObject } from "./engine/json";
import { known } from "./manifestFile";

/** Tokens of a key that lives as long as one run, so that the issuer of the real ones is not needed here. */
export interface LocalTokens {
  /** The declaration with the key among those of its issuer. */
  readonly declaration: ModelGatewayArgs;
  /** How the gateway differs from one in a cluster, as a sentence. */
  readonly difference: string;
  /** A token of the declared issuer, for a caller with these attributes. */
  token(attributes: Readonly<Record<string, string>>): string;
}

const keyId = "ai-gateway-local";
const daySeconds = 86_400;

/** Adds a key of this run to those by which a declaration knows its callers' tokens. */
export async function localTokens(declaration: ModelGatewayArgs, jwt: ResolvedJwt): Promise<LocalTokens> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const own = { ...publicKey.export({ format: "jwk" }), kid: keyId, alg: "ES256", use: "sig" };
  const declared = keysIn(await known(jwt.localJwks));
  const { jwksUri: _jwksUri, ...others } = { ...declaration.access?.jwt, issuer: jwt.issuer };
  const localJwks = JSON.stringify({ keys: [...declared, own] });
  return {
    declaration: { ...declaration, access: { ...declaration.access, jwt: { ...others, localJwks } } },
    difference:
      declared.length > 0
        ? `tokens of ${jwt.issuer} count, and those that this command signs itself`
        : `tokens that this command signs itself count in place of those of ${jwt.issuer}`,
    token: (attributes) => signed(privateKey, payloadOf(jwt, attributes)),
  };
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
