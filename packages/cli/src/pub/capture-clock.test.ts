import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { captureClockOf, readCatalog } from "@moqscope/hang";
import { systemClock, toPath } from "@moqscope/lite";
import { expect, test } from "vitest";
import { memoryPeer } from "../testing/memory-link.ts";
import { publishFile } from "./publish-file.ts";

const file = fileURLToPath(new URL("../fixtures/bframes.mp4", import.meta.url));
const errorMs = 7;

/** A time service whose clock is so far from this machine's. */
async function timeService(offsetMs: number) {
  const epochMs = (): number => performance.timeOrigin + performance.now() + offsetMs;
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/v1/time" ? 200 : 404;
    const receivedMs = epochMs();
    response.end(JSON.stringify({ receivedMs, sentMs: epochMs(), errorMs }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { epochMs, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

test.each([5_000, -5_000])(
  "the catalog tells within its uncertainty when media time 0 was captured, by a time service %d ms off",
  async (offsetMs) => {
    const time = await timeService(offsetMs);
    const peer = memoryPeer(systemClock);
    const stop = new AbortController();
    const seen = { liveEpochMs: Number.NaN };
    const work = publishFile({
      file,
      url: "http://relay.test",
      broadcast: "show.hang",
      timeUrl: time.url,
      loop: true,
      connect: peer.connect,
      signal: stop.signal,
      onStatus: ({ kind }) => {
        if (kind === "live") seen.liveEpochMs = time.epochMs();
      },
    });
    try {
      await expect.poll(() => peer.sessions.length).toBe(1);
      const [first] = peer.sessions;
      for await (const catalog of readCatalog(first?.peer.broadcast(toPath("show.hang")) as never)) {
        const told = captureClockOf(catalog);
        if (!told) continue;
        // the first packet is due some milliseconds after the file is live
        const aheadMs = told.epochUs / 1000 - seen.liveEpochMs;
        expect(aheadMs).toBeGreaterThanOrEqual(-told.uncertaintyUs / 1000);
        expect(aheadMs).toBeLessThanOrEqual(told.uncertaintyUs / 1000 + 500);
        expect(told.uncertaintyUs).toBeGreaterThanOrEqual(errorMs * 1000);
        break;
      }
    } finally {
      stop.abort();
      await work;
      time.close();
    }
  },
);
