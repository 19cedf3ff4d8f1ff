import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { listen } from "../testing/fixtures/web-socket-pair.ts";
import type { Transport } from "../transport/transport.ts";

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
