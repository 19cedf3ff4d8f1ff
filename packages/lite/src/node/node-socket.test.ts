import type { Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { openWebSocket } from "../connect/open-socket.ts";
import { listen } from "../testing/fixtures/web-socket-pair.ts";
import type { Transport } from "../transport/transport.ts";
import { nodeWebSocket } from "./web-socket.ts";

const bytes = 20_000_000;

test.each([
  ["past ws", true],
  ["through ws", false],
])("%s: of what waits in the socket nothing is told as written, and all of it once the peer takes it", async (_, direct) => {
  const accepted = Promise.withResolvers<Transport>();
  const server = await listen(accepted.resolve, { direct });
  try {
    // Without credit only the socket holds the writer back.
    const reader = new WebSocket(server.url.replace("http:", "ws:"), "webtransport", { perMessageDeflate: false });
    reader.on("open", () => reader.pause());
    const transport = await accepted.promise;
    const stream = await transport.openUni();
    let told = 0;
    const finished = Promise.withResolvers<void>();
    stream.departed = (departed, end) => {
      told = departed;
      if (end) finished.resolve();
    };
    stream.write(new Uint8Array(bytes));
    stream.finish();
    for (let before = -1; told === 0 || told !== before; await new Promise((resolve) => setTimeout(resolve, 100))) before = told;
    const waiting = transport.stats().bufferedBytes;
    expect(waiting - stream.bufferedBytes, "bytes in the socket").toBeGreaterThan(16_000);
    expect(told + waiting, "and headers of the messages in it").toBeLessThan(bytes + 1000);
    reader.resume();
    await finished.promise;
    expect(told).toBe(bytes);
  } finally {
    await server.close();
  }
});

test("a frame larger than a record is in one write, told once as written, and arrives whole", async () => {
  const accepted = Promise.withResolvers<Transport>();
  const server = await listen(accepted.resolve);
  try {
    const reader = await openWebSocket(server.url, { signal: AbortSignal.timeout(5000), webSocket: nodeWebSocket });
    const transport = await accepted.promise;
    const stream = await transport.openUni();
    const told: (readonly [bytes: number, end: boolean])[] = [];
    stream.departed = (departed, end) => void told.push([departed, end]);
    const frame = Uint8Array.from({ length: 40_000 }, (_, at) => at % 251);
    // What `ws` runs on; the records leave past it.
    const connection = (server.sockets[0] as unknown as { readonly _socket: Socket })._socket;
    const [single, several] = [vi.spyOn(connection, "_write"), vi.spyOn(connection, "_writev" as "_write")];
    stream.write(frame);
    stream.finish();
    const arrived: Uint8Array[] = [];
    for await (const incoming of reader.incomingUni) {
      for (let bytes = await incoming.read(); bytes; bytes = await incoming.read()) arrived.push(bytes);
      break;
    }
    expect(Buffer.concat(arrived).equals(frame)).toBe(true);
    expect([single.mock.calls.length, several.mock.calls.length]).toEqual([0, 1]);
    expect(told).toEqual([[frame.byteLength, true]]);
    reader.close();
  } finally {
    await server.close();
  }
});
