import { createServer, get } from "node:http";
import { request } from "node:https";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { defaultRelayLimits, type RelayLimits } from "../limits.ts";
import { type Certificate, loadCertificate } from "./certificate.ts";
import { Front, type FrontFailure } from "./front.ts";

/** Deadlines that pass when the test says so. */
class Deadlines {
  readonly callbacks = new Set<() => void>();
  now(): number {
    return 0;
  }
  after(_delayMs: number, callback: () => void): () => void {
    this.callbacks.add(callback);
    return () => void this.callbacks.delete(callback);
  }
}

const fronts: Front[] = [];
afterEach(async () => {
  await Promise.all(fronts.splice(0).map((front) => front.close(0)));
});

async function start(options: { certificate?: Certificate; limits?: Partial<RelayLimits> } = {}) {
  const failures: FrontFailure[] = [];
  const clock = new Deadlines();
  const http = createServer((_request, response) => void response.writeHead(200, { connection: "close" }).end("ok"));
  const front = new Front({
    http,
    clock,
    limits: { ...defaultRelayLimits, ...options.limits },
    onFailure: (failure) => void failures.push(failure),
    ...(options.certificate ? { certificate: options.certificate } : {}),
  });
  fronts.push(front);
  await new Promise<void>((resolve) => front.server.listen(0, "127.0.0.1", resolve));
  const address = front.server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  return { front, clock, failures, port: address.port };
}
function plain(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) =>
    get({ host: "127.0.0.1", port }, (response) => resolve(response.resume().statusCode)).on("error", reject),
  );
}
function secure(port: number, ca: string): Promise<number | undefined> {
  return new Promise((resolve, reject) =>
    request({ host: "127.0.0.1", port, ca, servername: "localhost" }, (response) => resolve(response.resume().statusCode))
      .on("error", reject)
      .end(),
  );
}
async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {}).resume();
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return socket;
}
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => (socket.closed ? resolve() : socket.once("close", () => resolve())));

test("one port answers plain HTTP and TLS, and a renewed certificate to those who come later", async () => {
  const certificate = await loadCertificate({ generate: ["localhost"] });
  const { front, port } = await start({ certificate });
  expect(await plain(port)).toBe(200);
  expect(await secure(port, certificate.cert)).toBe(200);
  const next = await loadCertificate({ generate: ["localhost"] });
  front.renew(next);
  expect(await secure(port, next.cert)).toBe(200);
  await expect(secure(port, certificate.cert)).rejects.toThrow();
});

test("a connection that sends nothing, half a request or half a handshake is cut at its deadline and counted once", async () => {
  const { clock, failures, port, front } = await start({ certificate: await loadCertificate({ generate: ["localhost"] }) });
  const sockets = await Promise.all([open(port), open(port), open(port)]);
  sockets[1]?.write("GET / HT");
  sockets[2]?.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
  await expect.poll(() => clock.callbacks.size).toBe(3);
  for (const callback of clock.callbacks) callback();
  await Promise.all(sockets.map(closed));
  expect(failures).toEqual(["timeout", "timeout", "timeout"]);
  await expect.poll(() => front.sockets).toBe(0);
  expect(clock.callbacks.size).toBe(0);
});

test("a handshake that is no TLS is counted and does not disturb the next one", async () => {
  const certificate = await loadCertificate({ generate: ["localhost"] });
  const { failures, port } = await start({ certificate });
  const garbage = await open(port);
  garbage.write(Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 99, 2, 3, 4, 5]));
  await closed(garbage);
  expect(failures).toEqual(["tls"]);
  expect(await secure(port, certificate.cert)).toBe(200);
});

test("connections that are no session yet are bounded, and a session frees its place", async () => {
  const { failures, port, front, clock } = await start({ limits: { maxPendingPerAddress: 1 } });
  const first = await open(port);
  await expect.poll(() => clock.callbacks.size).toBe(1);
  await closed(await open(port));
  expect(failures).toEqual(["overload"]);
  const address = first.address();
  if (!("address" in address)) throw new Error("no address");
  front.settle({ remoteAddress: address.address, remotePort: address.port });
  expect(clock.callbacks.size).toBe(0);
  expect(await plain(port)).toBe(200);
  expect(first.destroyed).toBe(false);
});
