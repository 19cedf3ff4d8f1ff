import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createImpairment, type Impairment, type ImpairmentOptions } from "./index.ts";

const host = "127.0.0.1";
const any = { host, port: 0 };

interface Behind {
  readonly impairment: Impairment;
  readonly end: () => Promise<void>;
}
/** A UDP and TCP echo on one port behind an impairment. */
async function behind(options: Omit<ImpairmentOptions, "to" | "udp" | "tcp"> = {}): Promise<Behind> {
  const tcp = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, host);
  await once(tcp, "listening");
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket("udp4", (data, from) => udp.send(data, from.port, from.address));
  udp.bind(port, host);
  await once(udp, "listening");
  const impairment = await createImpairment({ ...options, to: { host: "localhost", port }, udp: any, tcp: any });
  const end = async (): Promise<void> => {
    await impairment.close();
    udp.close();
    tcp.close();
  };
  return { impairment, end };
}
async function within<T>(promise: Promise<T>, ms: number): Promise<T | "nothing"> {
  return Promise.race([promise, sleep(ms, "nothing" as const)]);
}

describe("over UDP", () => {
  const client = async (port: number): Promise<UdpSocket> => {
    const socket = createSocket("udp4");
    socket.connect(port, host);
    await once(socket, "connect");
    return socket;
  };
  const echo = async (socket: UdpSocket, text: string): Promise<string> => {
    socket.send(text);
    const [data] = (await once(socket, "message")) as [Buffer];
    return data.toString();
  };

  it("passes datagrams on in both directions and counts them, in all and for each client", async () => {
    const { impairment, end } = await behind();
    const [one, two] = await Promise.all([client(impairment.port), client(impairment.port)]);
    expect([await echo(one, "hello"), await echo(two, "you"), await echo(two, "there")]).toEqual(["hello", "you", "there"]);
    const { udp, flows, openFlows } = impairment.counters();
    expect([flows, openFlows]).toEqual([2, 2]);
    for (const way of ["up", "down"] as const) expect(udp[way]).toMatchObject({ offered: 3, passed: 3, passedBytes: 13, delayed: 0 });
    expect(impairment.flows().map(({ client, down }) => [client, down.passedBytes])).toEqual([
      [`${host}:${one.address().port}`, 5],
      [`${host}:${two.address().port}`, 8],
    ]);
    one.close();
    two.close();
    await end();
    expect(impairment.counters().openFlows).toBe(0);
  });

  it.each([{ precise: true }, { precise: false }])(
    "takes each direction's delay and tells the true one (precise: $precise)",
    async ({ precise }) => {
      const { impairment, end } = await behind({ precise, settings: { delayMs: 20 } });
      impairment.set({ delayMs: 40 }, { protocol: "udp", direction: "down" });
      const socket = await client(impairment.port);
      const start = performance.now();
      await echo(socket, "slow");
      const took = performance.now() - start;
      expect(took).toBeGreaterThanOrEqual(60);
      const { up, down } = impairment.counters().udp;
      expect(up.heldMs).toBeGreaterThanOrEqual(20);
      expect(down.heldMs).toBeGreaterThanOrEqual(40);
      // What it says of itself is what the client saw, less the way to it and back.
      expect(up.heldMs + down.heldMs).toBeLessThanOrEqual(took);
      socket.close();
      await end();
    },
  );

  it("drops exactly what it says, and the same again from the same seed", async () => {
    const pattern = async (): Promise<number[]> => {
      const { impairment, end } = await behind({ seed: 3 });
      impairment.set({ loss: 0.1 }, { direction: "up" });
      const socket = await client(impairment.port);
      const seen = new Set<number>();
      socket.on("message", (data) => seen.add(data.readUInt8(0)));
      for (let sent = 0; sent < 200; sent++) {
        socket.send(Buffer.from([sent]));
        if (sent % 20 === 19) await sleep(1);
      }
      for (let waited = 0; waited < 200 && seen.size < 200 - impairment.counters().udp.up.lost; waited++) await sleep(5);
      const lost = Array.from({ length: 200 }, (_, sent) => sent).filter((sent) => !seen.has(sent));
      expect(impairment.counters().udp).toMatchObject({
        up: { offered: 200, passed: 200 - lost.length, lost: lost.length },
        down: { passed: 200 - lost.length, lost: 0 },
      });
      socket.close();
      await end();
      return lost;
    };
    const first = await pattern();
    expect(first.length).toBeGreaterThan(5);
    expect(await pattern()).toEqual(first);
  });

  it("is a black hole for UDP alone until it is none", async () => {
    const { impairment, end } = await behind();
    const socket = await client(impairment.port);
    await echo(socket, "up");
    impairment.set({ blackhole: true }, { protocol: "udp" });
    expect(await within(echo(socket, "swallowed"), 50)).toBe("nothing");
    const stream = connect(impairment.ports.tcp ?? 0, host);
    stream.write("passes");
    expect(String((await once(stream, "data"))[0])).toBe("passes");
    impairment.set({ blackhole: false });
    expect(await echo(socket, "again")).toBe("again");
    expect(impairment.counters().udp.up).toMatchObject({ offered: 3, passed: 2, blackholed: 1 });
    socket.close();
    stream.destroy();
    await end();
  });

  it("tells what the kernel dropped before it came in", async () => {
    const { impairment, end } = await behind();
    const socket = await client(impairment.port);
    for (let sent = 0; sent < 20; sent++) await echo(socket, "x");
    const { kernelDropped } = impairment.counters().udp;
    if (process.platform === "linux") expect(kernelDropped).toBe(0);
    else expect(kernelDropped).toBeUndefined();
    socket.close();
    await end();
  });
});

describe("over TCP", () => {
  const client = async (port: number | undefined): Promise<Socket> => {
    const socket = connect(port ?? 0, host);
    await once(socket, "connect");
    return socket;
  };
  const echo = async (socket: Socket, text: string): Promise<string> => {
    socket.write(text);
    const [data] = (await once(socket, "data")) as [Buffer];
    return data.toString();
  };

  it("passes bytes on in both directions and counts them", async () => {
    const { impairment, end } = await behind();
    const socket = await client(impairment.ports.tcp);
    expect(await echo(socket, "hello")).toBe("hello");
    expect(impairment.counters()).toMatchObject({
      flows: 1,
      openFlows: 1,
      tcp: { resets: 0, up: { passedBytes: 5 }, down: { passedBytes: 5 } },
    });
    socket.destroy();
    await end();
    expect(impairment.counters().openFlows).toBe(0);
  });

  it("delays each direction", async () => {
    const { impairment, end } = await behind({ settings: { delayMs: 30 } });
    const socket = await client(impairment.ports.tcp);
    const start = performance.now();
    await echo(socket, "slow");
    expect(performance.now() - start).toBeGreaterThanOrEqual(60);
    expect(impairment.counters().tcp.up).toMatchObject({ passed: 1, delayed: 1 });
    socket.destroy();
    await end();
  });

  it("keeps a rate, and lets the sender wait instead of losing anything", async () => {
    const { impairment, end } = await behind({ settings: { queueBytes: 20_000 } });
    impairment.set({ rateBps: 8_000_000 }, { direction: "up" });
    const socket = await client(impairment.ports.tcp);
    const content = Buffer.alloc(300_000, "abc");
    const start = performance.now();
    let most = 0;
    const received: Buffer[] = [];
    const done = new Promise<void>((resolve) => {
      socket.on("data", (data: Buffer) => {
        received.push(data);
        most = Math.max(most, impairment.counters().tcp.up.waitingBytes);
        if (received.reduce((sum, part) => sum + part.byteLength, 0) === content.byteLength) resolve();
      });
    });
    socket.write(content);
    await done;
    const took = performance.now() - start;
    expect(Buffer.concat(received).equals(content)).toBe(true);
    // 1 MB/s, less what the bucket lets go at once.
    expect(took).toBeGreaterThanOrEqual(297);
    // One read of a socket may come in on top.
    expect(most).toBeLessThanOrEqual(20_000 + 65_536);
    socket.destroy();
    await end();
  });

  it("holds everything back without a word, and lets it go on where it stopped", async () => {
    const { impairment, end } = await behind();
    const socket = await client(impairment.ports.tcp);
    await echo(socket, "up");
    impairment.set({ blackhole: true });
    const answer = echo(socket, "held");
    expect([await within(answer, 50), socket.readyState]).toEqual(["nothing", "open"]);
    impairment.set({ blackhole: false });
    expect(await answer).toBe("held");
    socket.destroy();
    await end();
  });

  it("holds back a connection that begins in a black hole, and its end", async () => {
    const { impairment, end } = await behind({ settings: { blackhole: true } });
    const socket = await client(impairment.ports.tcp);
    const answer = echo(socket, "held");
    expect(await within(answer, 50)).toBe("nothing");
    impairment.set({ blackhole: false });
    expect(await answer).toBe("held");
    socket.end();
    await once(socket, "close");
    await end();
  });

  it("resets what is open and takes new connections", async () => {
    const { impairment, end } = await behind();
    const socket = await client(impairment.ports.tcp);
    await echo(socket, "up");
    const broken = once(socket, "error") as Promise<[NodeJS.ErrnoException]>;
    expect(impairment.reset()).toBe(1);
    expect((await broken)[0].code).toBe("ECONNRESET");
    expect(impairment.counters()).toMatchObject({ openFlows: 0, tcp: { resets: 1 } });
    const again = await client(impairment.ports.tcp);
    expect(await echo(again, "again")).toBe("again");
    again.destroy();
    await end();
  });

  it("refuses new connections while it is told to", async () => {
    const { impairment, end } = await behind();
    impairment.refuse();
    const socket = connect(impairment.ports.tcp ?? 0, host);
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
    impairment.refuse(false);
    const again = await client(impairment.ports.tcp);
    expect(await echo(again, "again")).toBe("again");
    expect(impairment.counters().tcp.refused).toBe(1);
    again.destroy();
    await end();
  });
});

describe("an impairment", () => {
  it("changes nothing when one of several settings is wrong", async () => {
    const { impairment, end } = await behind({ settings: { loss: 0.2 } });
    expect(() => impairment.set({ delayMs: 5, jitterMs: -1 })).toThrow("jitterMs is -1");
    expect(impairment.settings.udp.up).toMatchObject({ delayMs: 0, loss: 0.2 });
    await end();
  });

  it("closes twice, and while busy", async () => {
    const { impairment, end } = await behind({ settings: { delayMs: 100 } });
    const socket = createSocket("udp4");
    socket.send("late", impairment.port, host);
    await sleep(20);
    await impairment.close();
    await impairment.close();
    socket.close();
    await end();
  });
});
