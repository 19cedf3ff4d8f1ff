import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, it } from "vitest";
import { TcpProxy } from "./proxy.ts";

/** An echo server behind a proxy, and a client connected through it. */
async function through(): Promise<{ readonly proxy: TcpProxy; readonly client: Socket; readonly end: () => Promise<void> }> {
  const server = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = await TcpProxy.start({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  const client = connect(proxy.port, "127.0.0.1");
  await once(client, "connect");
  return {
    proxy,
    client,
    async end() {
      client.destroy();
      await proxy.close();
      server.close();
    },
  };
}
async function echo(client: Socket, text: string): Promise<string> {
  client.write(text);
  const [data] = (await once(client, "data")) as [Buffer];
  return data.toString();
}

it("passes bytes on in both directions and counts them", async () => {
  const { proxy, client, end } = await through();
  expect(await echo(client, "hello")).toBe("hello");
  expect(proxy.counters).toEqual({ connections: 1, open: 1, bytesUp: 5, bytesDown: 5, resets: 0 });
  await end();
  expect(proxy.counters.open).toBe(0);
});
it("delays each direction", async () => {
  const { proxy, client, end } = await through();
  proxy.delay(30);
  const start = performance.now();
  await echo(client, "slow");
  expect(performance.now() - start).toBeGreaterThanOrEqual(58);
  await end();
});
it("holds everything back without a word, and lets it go on where it stopped", async () => {
  const { proxy, client, end } = await through();
  proxy.blackhole();
  const answer = echo(client, "held");
  const first = await Promise.race([answer, new Promise((resolve) => setTimeout(() => resolve("nothing"), 50))]);
  expect([first, client.readyState]).toEqual(["nothing", "open"]);
  proxy.blackhole(false);
  expect(await answer).toBe("held");
  await end();
});
it("resets what is open and takes new connections", async () => {
  const { proxy, client, end } = await through();
  await echo(client, "up");
  const broken = once(client, "error") as Promise<[NodeJS.ErrnoException]>;
  proxy.reset();
  expect((await broken)[0].code).toBe("ECONNRESET");
  expect(proxy.counters).toMatchObject({ open: 0, resets: 1 });
  const again = connect(proxy.port, "127.0.0.1");
  expect(await echo(again, "again")).toBe("again");
  again.destroy();
  await end();
});
