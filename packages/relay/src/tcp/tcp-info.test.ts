import { type AddressInfo, connect, createServer } from "node:net";
import { FakeClock, settle } from "@moqscope/lite/testing";
import { afterEach, expect, test, vi } from "vitest";
import { readTcpFigures, type TcpFigures } from "./ss.ts";
import { TcpInfo, tcpInfoIntervalMs } from "./tcp-info.ts";

const figures = (peer: string, ms: number): TcpFigures => ({ peer, link: { rtt: { ms, source: "tcp_info" } } });
const running: TcpInfo[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.stop();
  vi.unstubAllEnvs();
});
function start(looks: (TcpFigures[] | Error)[] = []) {
  const clock = new FakeClock();
  const reasons: string[] = [];
  let asked = 0;
  const tcp = new TcpInfo({
    clock,
    localPort: 4443,
    onUnavailable: (reason) => void reasons.push(reason),
    read: async function* () {
      asked++;
      const look = looks.shift() ?? [];
      if (look instanceof Error) throw look;
      yield look;
    },
  });
  running.push(tcp);
  return { clock, tcp, reasons, asked: () => asked };
}

test("one look serves every connection, and none is taken while nobody is connected", async () => {
  const { clock, tcp, asked } = start([[figures("192.0.2.7 1", 5), figures("192.0.2.7 2", 6), figures("192.0.2.9 1", 7)]]);
  await clock.advance(tcpInfoIntervalMs);
  expect(asked()).toBe(0);
  const [one, two] = [tcp.follow("::ffff:192.0.2.7", 1), tcp.follow("::ffff:192.0.2.7", 2)];
  expect(one.stats()).toBeUndefined();
  await clock.advance(tcpInfoIntervalMs);
  expect([one.stats()?.rtt?.ms, two.stats()?.rtt?.ms, asked()]).toEqual([5, 6, 1]);
});

test("a connection that has ended keeps its last figures, and the next one from its port begins without any", async () => {
  const { clock, tcp } = start([[figures("192.0.2.7 1", 5)], [figures("192.0.2.7 1", 9)]]);
  const old = tcp.follow("192.0.2.7", 1);
  await clock.advance(tcpInfoIntervalMs);
  const next = tcp.follow("192.0.2.7", 1);
  old.end();
  expect(next.stats()).toBeUndefined();
  await clock.advance(tcpInfoIntervalMs);
  expect([old.stats()?.rtt?.ms, next.stats()?.rtt?.ms]).toEqual([5, 9]);
});

test("a look that fails leaves nothing old to be read, is told once, and the next one may work", async () => {
  const { clock, tcp, reasons } = start([[figures("192.0.2.7 1", 5)], new Error("one"), new Error("two"), [figures("192.0.2.7 1", 6)]]);
  const followed = tcp.follow("192.0.2.7", 1);
  await clock.advance(tcpInfoIntervalMs);
  expect(followed.stats()).toBeDefined();
  await clock.advance(tcpInfoIntervalMs);
  expect(followed.stats()).toBeUndefined();
  await clock.advance(2 * tcpInfoIntervalMs);
  expect(followed.stats()?.rtt?.ms).toBe(6);
  expect(reasons).toEqual(["one"]);
});

test("after stop nothing is looked at and nothing told", async () => {
  const { clock, tcp, reasons, asked } = start([new Error("late")]);
  tcp.follow("192.0.2.7", 1);
  tcp.stop();
  await clock.advance(5 * tcpInfoIntervalMs);
  await settle();
  expect([asked(), reasons, clock.pending]).toEqual([0, [], 0]);
});

test("where there is no ss, that is the reason, and the process goes on", async () => {
  vi.stubEnv("PATH", "/nowhere");
  const read = async (): Promise<void> => {
    for await (const _batch of readTcpFigures(1, AbortSignal.timeout(5_000)));
  };
  await expect(read()).rejects.toMatchObject({ code: "tcp_info_unavailable", message: expect.stringContaining("ENOENT") });
});

test("a real connection is found by the address that Node tells, with a plausible round trip and the segments that carried data", async ({
  skip,
}) => {
  if (process.platform !== "linux") skip("TCP figures are read on Linux only");
  const server = createServer().listen(0, "::");
  const accepted = new Promise<{ remoteAddress?: string | undefined; remotePort?: number | undefined }>((resolve) =>
    server.once("connection", (socket) => {
      socket.write("0123456789");
      socket.on("error", () => {});
      resolve(socket);
    }),
  );
  await new Promise<void>((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const client = connect(port, "127.0.0.1");
  const arrived = new Promise((resolve) => client.once("data", resolve));
  const { remoteAddress = "", remotePort = 0 } = await accepted;
  await arrived;
  const clock = new FakeClock();
  const reasons: string[] = [];
  const tcp = new TcpInfo({ clock, localPort: port, onUnavailable: (reason) => void reasons.push(reason) });
  running.push(tcp);
  const followed = tcp.follow(remoteAddress, remotePort);
  await clock.advance(tcpInfoIntervalMs);
  await vi.waitUntil(() => followed.stats() !== undefined || reasons.length > 0, { timeout: 5_000 });
  client.destroy();
  server.close();
  expect(reasons).toEqual([]);
  const link = followed.stats();
  expect(link?.rtt?.ms).toBeGreaterThan(0);
  expect(link?.rtt?.ms).toBeLessThan(50);
  expect(link?.packets).toEqual({ sent: 1, lost: 0, received: 0, source: "tcp_info" });
  expect(link?.congestion?.windowBytes).toBeGreaterThan(4096);
});
