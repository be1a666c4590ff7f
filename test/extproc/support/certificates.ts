import { generate } from "selfsigned";

/** PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate of its own authority, for a name and for this machine's loopback address. */
export async function makeCertificate(name: string): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: name },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { cert, key };
}
