import type { Transport } from "@moqscope/lite";
import { quicOpener, quicTransport } from "@moqscope/lite/node";
import { connectQuic, listenQuic, type QuicServer } from "@moqscope/quic";
import { generate } from "selfsigned";

/** A certificate that can be pinned: P-256, under 14 days. */
export interface PinnedCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly sha256: Uint8Array<ArrayBuffer>;
}
export async function pinnedCertificate(): Promise<PinnedCertificate> {
  const notBeforeDate = new Date(Date.now() - 3_600_000);
  const notAfterDate = new Date(Date.now() + 10 * 86_400_000);
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate,
    notAfterDate,
    extensions: [
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  const der = Buffer.from(cert.replace(/-----[^-]+-----|\s/g, ""), "base64");
  return { certificate: cert, key, sha256: new Uint8Array(await crypto.subtle.digest("SHA-256", der)) };
}

/** A QUIC listener on loopback; each session that is accepted is told. It takes the first protocol offered. */
export async function listen(
  tls: PinnedCertificate,
  accepted: (transport: Transport, url: string) => void,
  port = 0,
): Promise<QuicServer & { readonly port: number }> {
  const server = await listenQuic({ listen: [{ host: "127.0.0.1", port }], tls, alpn: ["moq-lite-05"] });
  void (async () => {
    for await (const request of server.requests) {
      const [protocol] = request.protocols;
      accepted(quicTransport(await request.accept(protocol === undefined ? {} : { protocol })), request.url);
    }
  })();
  return Object.assign(server, { port: server.addresses[0]?.port ?? 0 });
}

/** Two ends of one session over real UDP: `https` is WebTransport, `moqt` raw QUIC. */
export async function quicPair(scheme: "https" | "moqt"): Promise<{ client: Transport; server: Transport; dispose: () => Promise<void> }> {
  const tls = await pinnedCertificate();
  const far = Promise.withResolvers<Transport>();
  const server = await listen(tls, (transport) => far.resolve(transport));
  const client = await quicOpener({ connectQuic })(new URL(`${scheme}://127.0.0.1:${server.port}/room?jwt=x`), {
    signal: AbortSignal.timeout(10_000),
    protocols: ["moq-lite-05"],
    certificateHashes: [tls.sha256],
  });
  return { client, server: await far.promise, dispose: () => server.close() };
}
