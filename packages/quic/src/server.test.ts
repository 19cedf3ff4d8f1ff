import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { connectQuic, listenQuic } from "./index.ts";
import { connect, describeQuic, first, listen, nextRequest, pair, portOf, selfSigned, tls } from "./testing/rig.ts";

const hash = (pem: string): string => createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");

describeQuic("a server", () => {
  it("shows a WebTransport request whole, and answers with the protocol chosen", async () => {
    const server = await listen();
    const connecting = connect(server, "webtransport", { headers: { Origin: "https://a.example", "X-Trace": "1" } });
    const request = await nextRequest(server);
    expect(request).toMatchObject({ kind: "webtransport", origin: "https://a.example", protocols: ["moq-lite-05", "moq-lite-04"] });
    expect(request.url).toBe(`https://127.0.0.1:${portOf(server)}/room?jwt=a.b`);
    expect(request.headers).toEqual({ origin: "https://a.example", "x-trace": "1" });
    expect(request.remote.host).toBe("127.0.0.1");
    await expect(request.accept({ protocol: "other" })).rejects.toMatchObject({ kind: "protocol_not_offered" });
    const [near, far] = await Promise.all([connecting, request.accept({ protocol: "moq-lite-04" })]);
    expect([near.protocol, far.protocol]).toEqual(["moq-lite-04", "moq-lite-04"]);
    expect(near.remote).toEqual({ host: "127.0.0.1", port: portOf(server) });
    near.close();
  });

  it("accepts without a protocol", async () => {
    const server = await listen();
    const connecting = connect(server, "webtransport", { protocols: [] });
    const request = await nextRequest(server);
    expect(request.protocols).toEqual([]);
    await request.accept();
    const near = await connecting;
    expect(near.protocol).toBe("");
    near.close();
  });

  it("shows raw QUIC with the name that TLS agreed on", async () => {
    const server = await listen();
    const connecting = connectQuic(`moqt://localhost:${portOf(server)}/`, { protocols: ["moq-lite-04"], trust: "none" });
    const request = await nextRequest(server);
    expect(request).toMatchObject({ kind: "quic", url: "moqt://localhost/", protocols: ["moq-lite-04"], headers: {}, origin: undefined });
    await request.accept();
    const near = await connecting;
    expect(near.protocol).toBe("moq-lite-04");
    near.close();
  });

  it("refuses with a status", async () => {
    const server = await listen();
    const refused = expect(connect(server, "webtransport")).rejects.toMatchObject({ kind: "rejected", code: 403 });
    (await nextRequest(server)).reject(403);
    await refused;
    const closing = connect(server, "quic");
    (await nextRequest(server)).reject(404);
    const near = await closing;
    expect(await near.closed).toMatchObject({ by: "peer", code: 0x40 + 404 });
  });

  it("has all its addresses on one port, and each is reached", async () => {
    const server = await listen({
      listen: [
        { host: "127.0.0.1", port: 0 },
        { host: "::1", port: 0 },
      ],
    });
    expect(new Set(server.addresses.map(({ port }) => port)).size).toBe(1);
    for (const host of ["127.0.0.1", "[::1]", "localhost"]) {
      const connecting = connectQuic(`https://${host}:${portOf(server)}/`, { protocols: [], trust: "none" });
      await (await nextRequest(server)).accept();
      (await connecting).close();
    }
  });

  it("says that a port is taken", async () => {
    const server = await listen();
    const again = listenQuic({ listen: [{ host: "127.0.0.1", port: portOf(server) }], tls });
    await expect(again).rejects.toMatchObject({
      kind: "listen_failed",
      message: expect.stringContaining(String(portOf(server))) as string,
    });
  });

  it("refuses certificates that no peer would take, and keeps the old one", async () => {
    const server = await listen();
    const other = await selfSigned();
    const expired = await selfSigned(new Date(Date.now() - 20 * 86_400_000));
    const bad = [
      [{ certificate: "nonsense", key: tls.key }, /cannot be read/],
      [{ certificate: tls.certificate, key: "nonsense" }, /cannot be read/],
      [{ certificate: tls.certificate, key: other.key }, /not the certificate's/],
      [expired, /ended on/],
    ] as const;
    for (const [certificate, message] of bad) {
      expect(() => server.setCertificate(certificate)).toThrow(expect.objectContaining({ kind: "certificate_invalid" }));
      expect(() => server.setCertificate(certificate)).toThrow(message);
      await expect(listenQuic({ listen: [], tls: certificate })).rejects.toMatchObject({ kind: "certificate_invalid" });
    }
    void nextRequest(server).then((request) => request.accept());
    (await connect(server, "webtransport", { trust: { sha256: [hash(tls.certificate)] } })).close();
  });

  it("shows a new certificate to those who come from then on, and leaves the others", async () => {
    const { server, near, far } = await pair("webtransport");
    const fresh = await selfSigned();
    server.setCertificate(fresh);
    const old = connect(server, "webtransport", { trust: { sha256: [hash(tls.certificate)] } });
    await expect(old).rejects.toMatchObject({
      kind: "connect_failed",
      message: expect.stringContaining(hash(fresh.certificate)) as string,
    });
    void nextRequest(server).then((request) => request.accept());
    (await connect(server, "webtransport", { trust: { sha256: [hash(fresh.certificate).toUpperCase()] } })).close();
    const send = await near.openUni();
    send.write(new Uint8Array([1]));
    expect(await (await first(far.incomingUni)).read()).toEqual(new Uint8Array([1]));
  });

  it("is judged by roots that the client names, and by none that it does not know", async () => {
    const server = await listen();
    void (async () => {
      for await (const request of server.requests) void request.accept();
    })();
    const url = `https://localhost:${portOf(server)}/`;
    (await connectQuic(url, { protocols: [], trust: { roots: tls.certificate } })).close();
    await expect(connectQuic(url, { protocols: [], trust: "system" })).rejects.toMatchObject({ kind: "connect_failed" });
    await expect(connectQuic(url, { protocols: [] })).rejects.toMatchObject({ kind: "connect_failed" });
  });

  it("counts its sessions and the handshakes that failed", async () => {
    const { server, near } = await pair("webtransport");
    await expect.poll(() => server.stats()).toEqual({ handshakesFailed: 0, openSessions: 1 });
    await expect(connect(server, "webtransport", { trust: { sha256: ["00"] } })).rejects.toMatchObject({ kind: "connect_failed" });
    await expect(connect(server, "quic", { protocols: ["unknown"] })).rejects.toMatchObject({ kind: "connect_failed" });
    near.close();
    await expect.poll(() => server.stats()).toEqual({ handshakesFailed: 2, openSessions: 0 });
  });

  it("writes one qlog a connection and side, in JSON-SEQ", async () => {
    const qlogDir = mkdtempSync(join(tmpdir(), "moqscope-qlog-"));
    onTestFinished(() => rmSync(qlogDir, { recursive: true, force: true }));
    const { server, near } = await pair("webtransport", { qlogDir }, { qlogDir });
    const send = await near.openUni();
    send.write(Buffer.alloc(10_000));
    send.finish();
    await send.closed;
    near.close();
    await server.close();
    await expect.poll(() => readdirSync(qlogDir).filter((name) => readFileSync(join(qlogDir, name)).byteLength > 1000).length).toBe(2);
    for (const name of readdirSync(qlogDir)) {
      const records = readFileSync(join(qlogDir, name), "utf8").split("\u001e").slice(1);
      const parsed = records.map((record) => JSON.parse(record) as { name?: string });
      expect(parsed.some(({ name: event }) => event?.includes("packet_sent"))).toBe(true);
    }
  });
});
