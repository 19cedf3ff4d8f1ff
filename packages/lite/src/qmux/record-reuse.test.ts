import { expect, test } from "vitest";
import { webSocketPair } from "../testing/fixtures/web-socket-pair.ts";
import type { ReceiveStream, Transport } from "../transport/transport.ts";

const chunkBytes = 4099;
/** 6 MB for each peer, all at once: more than the sockets take. */
const chunks = 1500;

function chunk(peer: number, index: number): Uint8Array {
  return new Uint8Array(chunkBytes).fill((peer * 31 + index * 13) & 0xff);
}
async function write(server: Transport, peer: number): Promise<void> {
  const stream = await server.openUni();
  for (let index = 0; index < chunks; index++) stream.write(chunk(peer, index));
  stream.finish();
}
async function everything(stream: ReceiveStream): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let part = await stream.read(); part; part = await stream.read()) parts.push(part.slice());
  return Buffer.concat(parts);
}

test("buffers that are used again carry each peer's own bytes, also where the sockets take less than is written", async () => {
  // Without credit only the socket holds the writer back.
  const pairs = await Promise.all(Array.from({ length: 3 }, () => webSocketPair("webtransport")));
  try {
    const writing = Promise.all(pairs.map(({ server }, peer) => write(server, peer)));
    const whole = await Promise.all(
      pairs.map(async ({ client }) => {
        for await (const stream of client.incomingUni) return everything(stream);
        throw new Error("no stream came");
      }),
    );
    await writing;
    for (const [peer, bytes] of whole.entries())
      expect(bytes.equals(Buffer.concat(Array.from({ length: chunks }, (_, index) => chunk(peer, index))))).toBe(true);
  } finally {
    await Promise.all(pairs.map(({ dispose }) => dispose()));
  }
});
