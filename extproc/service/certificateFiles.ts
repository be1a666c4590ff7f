import { readFileSync } from "node:fs";
import type { ServerTls } from "../wire/messages";
import { FileWatch, type FileWatchOptions } from "./fileWatch";
import type { TlsFiles } from "./settings";

/**
 * Reads certificate, key and authorities.
 * @throws Error when one of them cannot be read.
 */
export function readCertificate({ certFile, keyFile, clientCaFile }: TlsFiles): ServerTls {
  const certificate = { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
  return clientCaFile === undefined
    ? certificate
    : { ...certificate, clientCa: readFileSync(clientCaFile, "utf8") };
}

/** Told of a certificate that changed. */
export interface CertificateListener {
  /** May throw: then the certificate was not taken, and the one before it goes on. */
  replace(certificate: ServerTls): void;
  replaced(): void;
  failed(error: unknown): void;
}

/** Replaces a certificate when its files change, as they do when it is renewed. `first` is what is in use. */
export function followCertificate(
  files: TlsFiles,
  first: ServerTls,
  listener: CertificateListener,
  options?: FileWatchOptions,
): FileWatch {
  let seen = JSON.stringify(first);
  const paths = [files.certFile, files.keyFile, files.clientCaFile].filter((path) => path !== undefined);
  const look = () => {
    try {
      const certificate = readCertificate(files);
      const text = JSON.stringify(certificate);
      if (text !== seen) {
        // Certificate and key may be written one after the other: the second makes them fit.
        seen = text;
        listener.replace(certificate);
        listener.replaced();
      }
    } catch (error) {
      listener.failed(error);
    }
  };
  return new FileWatch(paths, look, options);
}
