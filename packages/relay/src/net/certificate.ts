import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import { generate } from "selfsigned";
import { RelayError, RelayErrorCode } from "../error.ts";

/** Where the certificate comes from: PEM text, files of it that are read each time, or names to sign one for (development). */
export type TlsOptions = (
  | { readonly cert: string; readonly key: string }
  | { readonly certFile: string; readonly keyFile: string }
  | { readonly generate: readonly string[] }
) & {
  /** PEM file of who signs the certificates of clients that may do everything: other relays. Read each time. */
  readonly clientCaFile?: string;
};

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** PEM of who signs the certificates of clients; absent: they are not asked for one. */
  readonly clientCa?: string;
  /** Lower-case hex SHA-256 of the first certificate's DER: what WebTransport pins. */
  readonly sha256: string;
  /** Epoch milliseconds after which the first of the chain to expire is not valid any more. */
  readonly notAfterMs: number;
}

/** WebTransport pins certificates of at most 14 days; one hour is kept for clocks that differ. */
const generatedLifeMs = 14 * 86_400_000 - 3_600_000;
const clockSlackMs = 3_600_000;

/** Loads or makes the certificate. @throws RelayError `certificate_invalid` saying what does not fit. */
export async function loadCertificate(options: TlsOptions, nowMs: number = Date.now()): Promise<Certificate> {
  try {
    const { cert, key } = await pemOf(options, nowMs);
    const clientCa = options.clientCaFile === undefined ? undefined : await readClientCa(options.clientCaFile);
    createSecureContext({ cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }) });
    const chain = [...cert.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(([pem]) => new X509Certificate(pem));
    const [first] = chain;
    if (!first) throw new Error("the file holds no certificate");
    for (const one of chain) checkTimes(one, nowMs);
    return {
      cert,
      key,
      ...(clientCa === undefined ? {} : { clientCa }),
      sha256: createHash("sha256").update(first.raw).digest("hex"),
      notAfterMs: Math.min(...chain.map((one) => Date.parse(one.validTo))),
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RelayError(RelayErrorCode.certificateInvalid, `TLS certificate and key cannot be used: ${why}`, { cause });
  }
}

async function pemOf(options: TlsOptions, nowMs: number): Promise<{ readonly cert: string; readonly key: string }> {
  if ("generate" in options) return selfSign(options.generate, nowMs);
  if ("cert" in options) return options;
  const [cert, key] = await Promise.all([readFile(options.certFile, "utf8"), readFile(options.keyFile, "utf8")]);
  return { cert, key };
}
/** A file without a certificate would let nobody in, or everybody: it is refused. */
async function readClientCa(file: string): Promise<string> {
  const pem = await readFile(file, "utf8");
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) throw new Error(`${file} holds no certificate`);
  return pem;
}
function checkTimes({ subject, validFrom, validTo }: X509Certificate, nowMs: number): void {
  const of = subject.replaceAll("\n", ", ") || "the certificate";
  if (Date.parse(validTo) <= nowMs) throw new Error(`${of} expired on ${validTo}`);
  if (Date.parse(validFrom) > nowMs + clockSlackMs) throw new Error(`${of} is not valid before ${validFrom}`);
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
