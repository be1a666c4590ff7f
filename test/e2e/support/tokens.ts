import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { JwtArgs } from "../../../components/budgets/accessArgs";

const ecKeys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const theirs = ecKeys();
/** Signs tokens of somebody whom nobody trusts. */
export const stranger = ecKeys();

const publicKey = { ...theirs.publicKey.export({ format: "jwk" }), kid: "theirs", alg: "ES256", use: "sig" };
/** What the gateway is told of the issuer of `tokenOf`. */
export const jwt: JwtArgs = {
  issuer: "https://login.example.com/",
  audiences: ["llm"],
  localJwks: JSON.stringify({ keys: [publicKey] }),
  claims: { user: "sub", team: "teams" },
};

export const nowSeconds = Math.floor(Date.now() / 1000);
/** Stands in a claim of every token that nobody reads; whoever logs a token's claims logs it. */
export const privateClaim = "born-1970-in-nowhere-7f3a91";

/** Claims to add or to change. */
export interface Claims {
  readonly [claim: string]: unknown;
}

/** A token that is good, but for the claims that are changed. */
export function tokenOf(claims: Claims = {}, key: KeyObject = theirs.privateKey): string {
  return signedBy({ alg: "ES256", kid: "theirs" }, claims, es256(key));
}

function es256(key: KeyObject): (content: string) => string {
  return (content) =>
    sign("sha256", Buffer.from(content), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
}

/** The claims of a good token, under any header, signed in any way. */
export function signedBy(header: object, claims: Claims, signature: (content: string) => string): string {
  const payload = {
    iss: jwt.issuer,
    aud: "llm",
    sub: "ann",
    exp: nowSeconds + 3600,
    note: privateClaim,
    ...claims,
  };
  const content = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${content}.${signature(content)}`;
}

/** Tokens that are made to deceive a careless verifier. */
export const forgedTokens = {
  /** Says that it needs no signature, and has none. */
  unsigned: signedBy({ alg: "none" }, {}, () => ""),
  /** Says that it needs no signature, and has some bytes in its place. */
  algNone: signedBy({ alg: "none", kid: "theirs" }, {}, () => "c2ln"),
  /** Takes the public key, which everybody knows, for a shared secret. */
  publicKeyAsSecret: signedBy({ alg: "HS256", kid: "theirs" }, {}, (content) =>
    createHmac("sha256", theirs.publicKey.export({ type: "spki", format: "pem" }))
      .update(content)
      .digest("base64url"),
  ),
  /** Brings the key along that it is to be verified with. */
  ownKey: signedBy(
    { alg: "ES256", kid: "theirs", jwk: stranger.publicKey.export({ format: "jwk" }) },
    {},
    es256(stranger.privateKey),
  ),
  /** Names a key that the issuer does not have. */
  otherKey: signedBy({ alg: "ES256", kid: "other" }, {}, es256(stranger.privateKey)),
  /** The claims of one token under the signature of another. */
  changed: changedToken(),
} as const;

function changedToken(): string {
  const [header, , signature] = tokenOf().split(".");
  return [header, tokenOf({ sub: "eve" }).split(".")[1], signature].join(".");
}
