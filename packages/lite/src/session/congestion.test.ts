import type { Socket } from "node:net";
import { afterEach, describe, test } from "vitest";
import { WebSocket } from "ws";
import { openWebSocket, type WebSocketConstructor } from "../connect/open-socket.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { type NarrowLink, orderCases } from "../testing/fixtures/congestion.ts";
import { NarrowSocket } from "../testing/fixtures/narrow-socket.ts";
import { closeAll } from "../testing/fixtures/session-pair.ts";
import { listen } from "../testing/fixtures/web-socket-pair.ts";
import { memorySocketPair, memoryTransport } from "../testing/memory.ts";
import type { Transport } from "../transport/transport.ts";

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  closeAll();
  for (const close of cleanup.splice(0).reverse()) await close();
});

function inMemory(): Promise<NarrowLink> {
  const clock = new FakeClock();
  const [near, far] = memorySocketPair();
  const narrow = new NarrowSocket(far, clock, { bps: 8_000_000 });
  return Promise.resolve({
    client: memoryTransport("client", near, { clock }),
    server: memoryTransport("server", narrow, { clock }),
    stall: () => (narrow.bps = 0),
    release: () => (narrow.bps = 8_000_000),
    async until(holds) {
      while (!holds()) await clock.advance(10);
    },
  });
}
/** The client's kernel reads nothing while stalled: what the server may send fills the socket and the credit, and waits. */
async function overWebSocket(): Promise<NarrowLink> {
  const accepted = Promise.withResolvers<Transport>();
  const server = await listen((transport) => accepted.resolve(transport));
  cleanup.push(() => server.close());
  const made: WebSocket[] = [];
  class Held extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { perMessageDeflate: false });
      made.push(this);
    }
  }
  const client = await openWebSocket(server.url, {
    signal: new AbortController().signal,
    webSocket: Held as unknown as WebSocketConstructor,
  });
  // `ws` keeps its TCP socket here; nothing public gives it.
  const tcp = Reflect.get(made[0] ?? {}, "_socket") as Socket;
  return {
    client,
    server: await accepted.promise,
    stall: () => tcp.pause(),
    release: () => tcp.resume(),
    async until(holds) {
      while (!holds()) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe.each([
  ["in memory", inMemory],
  ["over a WebSocket", overWebSocket],
] as const)("a narrow link %s", (_, makeLink) => {
  for (const one of orderCases) test(one.name, () => one.run(makeLink));
});
