import { createImpairment } from "@moqscope/impairment";
import type { Transport } from "@moqscope/lite";
import { quicOpener } from "@moqscope/lite/node";
import { connectQuic, quicAvailable } from "@moqscope/quic";
import { afterEach, describe, test } from "vitest";
import { type NarrowLink, orderCases } from "../../../../packages/lite/src/testing/fixtures/congestion.ts";
import { closeAll } from "../../../../packages/lite/src/testing/fixtures/session-pair.ts";
import { listen, pinnedCertificate } from "./quic-pair.ts";

const addon = quicAvailable();
if (!addon.available) process.stderr.write(`skipped: the order of streams over QUIC: ${addon.reason}\n`);
const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  closeAll();
  for (const close of cleanup.splice(0).reverse()) await close();
});

/** Over real UDP through a proxy that narrows it, with room for what waits, so that nothing is lost. */
async function narrow(scheme: "https" | "moqt"): Promise<NarrowLink> {
  const tls = await pinnedCertificate();
  const far = Promise.withResolvers<Transport>();
  const server = await listen(tls, (transport) => far.resolve(transport));
  cleanup.push(() => server.close());
  const any = { host: "127.0.0.1", port: 0 };
  const link = await createImpairment({ to: { host: "127.0.0.1", port: server.port }, udp: any });
  cleanup.push(() => link.close());
  const client = await quicOpener({ connectQuic })(new URL(`${scheme}://127.0.0.1:${link.port}/room?jwt=x`), {
    signal: AbortSignal.timeout(10_000),
    protocols: ["moq-lite-05"],
    certificateHashes: [tls.sha256],
  });
  return {
    client,
    server: await far.promise,
    stall: () => link.set({ rateBps: 400_000, queueBytes: 8_000_000 }),
    release: () => link.set({ rateBps: 20_000_000, queueBytes: 8_000_000 }),
    async until(holds) {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
    },
  };
}

describe.skipIf(!addon.available).each([
  ["WebTransport", "https"],
  ["raw QUIC", "moqt"],
] as const)("a narrow link over %s", (_, scheme) => {
  for (const one of orderCases) test(one.name, () => one.run(() => narrow(scheme)));
});
