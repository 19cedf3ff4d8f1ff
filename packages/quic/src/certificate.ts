import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { QuicError } from "./error.ts";
import type { QuicCertificate } from "./types.ts";

/** Throws QuicError `certificate_invalid`, with the reason, for what no peer would take. */
export function checkCertificate({ certificate, key }: QuicCertificate, now: number = Date.now()): void {
  const parsed = readable("the certificate", () => new X509Certificate(certificate));
  const secret = readable("the key", (): KeyObject => createPrivateKey(key));
  if (!parsed.checkPrivateKey(secret)) throw invalid("the key is not the certificate's");
  if (parsed.validToDate.getTime() <= now) throw invalid(`the certificate ended on ${parsed.validTo}`);
  if (parsed.validFromDate.getTime() > now) throw invalid(`the certificate begins on ${parsed.validFrom}`);
}

function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw invalid(`${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function invalid(reason: string): QuicError {
  return new QuicError("certificate_invalid", reason);
}
