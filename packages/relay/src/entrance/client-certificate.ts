import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Permit } from "@moqscope/token";

/** A certificate that a client showed and that a configured authority has signed: it may do everything below its connect path (relay-behaviour §7.6). */
export interface ClientCertificate {
  readonly notAfterMs: number;
}

/** What TLS has verified of this connection's client; `undefined` where it showed nothing, or nothing that counts. */
export function clientCertificateOf(socket: Socket): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  return certificate && clientCertificate(certificate);
}
export function clientCertificate(certificate: X509Certificate): ClientCertificate {
  return { notAfterMs: Date.parse(certificate.validTo) };
}

/** All rights below the connect path, as long as the certificate is valid. */
export function certifiedPermit(path: string, { notAfterMs }: ClientCertificate): Permit {
  return { root: path, put: [""], get: [""], expiresMs: notAfterMs, country: undefined };
}
