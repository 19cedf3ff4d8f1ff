import { generate } from "selfsigned";
import { describe, onTestFinished } from "vitest";
import {
  connectQuic,
  listenQuic,
  type QuicCertificate,
  type QuicClientOptions,
  type QuicRequest,
  type QuicServer,
  type QuicServerOptions,
  type QuicSession,
  quicAvailable,
} from "../index.ts";

const addon = quicAvailable();
if (!addon.available) process.stdout.write(`tests of packages/quic over UDP are skipped: ${addon.reason}\n`);

/** Skipped, and said so, where the addon is not built. */
export const describeQuic = describe.skipIf(!addon.available);

/** A self-signed one for localhost, as WebTransport wants it: P-256, under 14 days. */
export async function selfSigned(from: Date = new Date(Date.now() - 86_400_000), days = 10): Promise<QuicCertificate> {
  const pems = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: from,
    notAfterDate: new Date(from.getTime() + days * 86_400_000),
    extensions: [
      { name: "basicConstraints", cA: false },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { certificate: pems.cert, key: pems.private };
}

export const tls: QuicCertificate = await selfSigned();

export type Kind = "webtransport" | "quic";
export const kinds: readonly Kind[] = ["webtransport", "quic"];

/** A server on 127.0.0.1 that is closed when the test is over. */
export async function listen(options: Partial<QuicServerOptions> = {}): Promise<QuicServer> {
  const server = await listenQuic({ listen: [{ host: "127.0.0.1", port: 0 }], tls, alpn: ["moq-lite-05", "moq-lite-04"], ...options });
  onTestFinished(() => server.close());
  return server;
}

export function portOf(server: QuicServer): number {
  return server.addresses[0]?.port ?? 0;
}

export function connect(server: QuicServer, kind: Kind, options: Partial<QuicClientOptions> = {}): Promise<QuicSession> {
  const scheme = kind === "webtransport" ? "https" : "moqt";
  const protocols = ["moq-lite-05", "moq-lite-04"];
  return connectQuic(`${scheme}://127.0.0.1:${portOf(server)}/room?jwt=a.b`, { protocols, trust: "none", ...options });
}

export async function nextRequest(server: QuicServer): Promise<QuicRequest> {
  return first(server.requests);
}

export async function first<T>(items: AsyncIterable<T>): Promise<T> {
  const { done, value } = await items[Symbol.asyncIterator]().next();
  if (done === true) throw new Error("there is none");
  return value;
}

export interface Pair {
  readonly server: QuicServer;
  /** The side that connected. */
  readonly near: QuicSession;
  /** The side that accepted. */
  readonly far: QuicSession;
}

/** Two ends of one session over UDP on the loopback. */
export async function pair(kind: Kind, server: Partial<QuicServerOptions> = {}, client: Partial<QuicClientOptions> = {}): Promise<Pair> {
  const listening = await listen(server);
  const [near, far] = await Promise.all([
    connect(listening, kind, client),
    nextRequest(listening).then((request) => request.accept(kind === "webtransport" ? { protocol: "moq-lite-05" } : {})),
  ]);
  onTestFinished(() => near.close());
  return { server: listening, near, far };
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (chunk: Uint8Array | undefined): string => new TextDecoder().decode(chunk);

/** Everything until the end. */
export async function all(stream: { read(): Promise<Uint8Array | undefined> }): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
