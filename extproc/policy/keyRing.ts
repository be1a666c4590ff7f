import { hash, timingSafeEqual } from "node:crypto";

/** Which key it is. */
export interface KeyId {
  readonly name: string;
  readonly version: string;
}

/** A key by the SHA-256 of its text. */
export interface HashedKey extends KeyId {
  readonly digest: Buffer;
}

/** Longer ones are none of ours: what clients send must not cost more than a look-up. */
export const longestKey = 1024;

/** Bytes of a digest that it is found by; all of it is compared then. */
const prefixBytes = 6;

/**
 * Keys by their hashes: what is looked up is the hash of what a client sent, which it cannot choose byte by byte, and
 * hashes are compared in constant time.
 */
export class KeyRing {
  readonly #byPrefix = new Map<number, HashedKey[]>();

  constructor(keys: readonly HashedKey[]) {
    for (const key of keys) {
      const prefix = key.digest.readUIntBE(0, prefixBytes);
      const others = this.#byPrefix.get(prefix);
      if (others === undefined) {
        this.#byPrefix.set(prefix, [key]);
      } else {
        others.push(key);
      }
    }
    this.size = keys.length;
  }

  readonly size: number;

  /** The key of this text, if it is one. */
  find(text: string): KeyId | undefined {
    if (text === "" || text.length > longestKey) {
      return undefined;
    }
    const digest = digestOf(text);
    const candidates = this.#byPrefix.get(digest.readUIntBE(0, prefixBytes)) ?? [];
    return candidates.find((key) => timingSafeEqual(key.digest, digest));
  }
}

/** A ring without keys: nobody gets in by one. */
export const noKeys = new KeyRing([]);

/** How a key stands in the keys file. */
export function keyHash(text: string): string {
  return digestOf(text).toString("base64url");
}

function digestOf(text: string): Buffer {
  return hash("sha256", text, "buffer");
}
