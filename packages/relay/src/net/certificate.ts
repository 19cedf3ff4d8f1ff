import { createHash, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import { generate } from "selfsigned";
import { RelayError, RelayErrorCode } from "../error.ts";

/** Where the certificate comes from: PEM text, or names to sign one for at start (development). */
export type TlsOptions = { readonly cert: string; readonly key: string } | { readonly generate: readonly string[] };

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Lower-case hex SHA-256 of the first certificate's DER: what WebTransport pins. */
  readonly sha256: string;
  /** Epoch milliseconds after which the first of the chain to expire is not valid any more. */
  readonly notAfterMs: number;
}

/** WebTransport pins certificates of at most 14 days; one hour is kept for clocks that differ. */
const generatedLifeMs = 14 * 86_400_000 - 3_600_000;
const clockSlackMs = 3_600_000;
/** A generated certificate is replaced before clients would see it expire. */
export const generatedRenewMs: number = 12 * 86_400_000;

/** Loads or makes the certificate. @throws RelayError `certificate_invalid` saying what does not fit. */
export async function loadCertificate(options: TlsOptions, nowMs: number = Date.now()): Promise<Certificate> {
  const { cert, key } = "generate" in options ? await selfSign(options.generate, nowMs) : options;
  try {
    createSecureContext({ cert, key });
    const chain = [...cert.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(([pem]) => new X509Certificate(pem));
    const [first] = chain;
    if (!first) throw new Error("the file holds no certificate");
    return {
      cert,
      key,
      sha256: createHash("sha256").update(first.raw).digest("hex"),
      notAfterMs: Math.min(...chain.map((one) => Date.parse(one.validTo))),
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RelayError(RelayErrorCode.certificateInvalid, `TLS certificate and key cannot be used: ${why}`, { cause });
  }
}

async function selfSign(names: readonly string[], nowMs: number): Promise<{ cert: string; key: string }> {
  const notBeforeDate = new Date(nowMs - clockSlackMs);
  const pems = await generate([{ name: "commonName", value: names[0] ?? "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate,
    notAfterDate: new Date(notBeforeDate.getTime() + generatedLifeMs),
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })) },
    ],
  });
  return { cert: pems.cert, key: pems.private };
}
