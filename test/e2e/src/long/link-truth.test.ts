import { setTimeout as sleep } from "node:timers/promises";
import { dropped, type ImpairmentCounters, type LinkCounters, SpawnedImpairment } from "@moqscope/impairment";
import { type Clock, systemClock } from "@moqscope/lite";
import { quicAvailable } from "@moqscope/quic";
import { createRelay } from "@moqscope/relay";
import { memoryRecorder } from "@moqscope/telemetry/testing";
import { describe, expect, it } from "vitest";
import { PacedPublisher, QuicViewer } from "../support/quic-fleet.ts";

const addon = quicAvailable();
if (!addon.available) process.stderr.write(`round trip and loss over QUIC are not compared with the truth: ${addon.reason}\n`);

const loopback = { host: "127.0.0.1", port: 0 };
const viewerCount = 6;
/** The relay looks at each link every 10 s, and nothing else here takes just as long; here it looks more often, so that a few seconds hold enough looks. */
const eager: Clock = { ...systemClock, after: (ms, act, options) => systemClock.after(ms === 10_000 ? 250 : ms, act, options) };
const patience = { limits: { handshakeTimeoutMs: 20_000 }, sessionLimits: { setupMs: 20_000 } };

/** What the relay says of its viewers and what the network did to them, over the same time. */
interface Measured {
  readonly rttMs: number;
  readonly trueRttMs: number;
  readonly lost: number;
  readonly trulyLost: number;
  readonly sent: number;
}

async function measure(delayMs: number, loss: number): Promise<Measured> {
  const recorder = memoryRecorder();
  const tls = { generate: ["localhost"] };
  const relay = await createRelay({ ...patience, listen: loopback, adminListen: false, webTransport: "quic", tls, recorder, clock: eager });
  const to = { ...loopback, port: Number(new URL(relay.url).port) };
  const network = await SpawnedImpairment.start({ to, udp: loopback, settings: { delayMs }, seed: 5 });
  const publisher = await PacedPublisher.start(relay.url);
  const viewers = await Promise.all(Array.from({ length: viewerCount }, () => QuicViewer.start(network.port)));
  try {
    publisher.pace(10, 500);
    await sleep(1000 + 6 * delayMs);
    const rtt = () => recorder.histogramOf("moq.relay.rtt", { source: "quic" }) ?? { count: 0, sum: 0 };
    const count = (name: "moq.relay.packets_lost" | "moq.relay.packets_sent") => recorder.value(name, { source: "quic" }) ?? 0;
    await network.set({ loss });
    const [begin, rttBefore, lostBefore, sentBefore] = [
      await network.counters(),
      rtt(),
      count("moq.relay.packets_lost"),
      count("moq.relay.packets_sent"),
    ];
    await enough(network, begin, loss);
    const [end, rttAfter] = [await network.counters(), rtt()];
    // What was dropped last is missed only when what follows has been acknowledged.
    await network.set({ loss: 0 });
    await sleep(500 + 6 * delayMs);
    const settled = await network.counters();
    // They would be missing from the truth.
    expect(settled.udp.kernelDropped ?? 0, "datagrams that the kernel lost before the network").toBe(0);
    return {
      rttMs: (1000 * (rttAfter.sum - rttBefore.sum)) / (rttAfter.count - rttBefore.count),
      trueRttMs: heldMs(begin.udp.up, end.udp.up) + heldMs(begin.udp.down, end.udp.down),
      lost: count("moq.relay.packets_lost") - lostBefore,
      trulyLost: dropped(settled.udp.down) - dropped(begin.udp.down),
      sent: count("moq.relay.packets_sent") - sentBefore,
    };
  } finally {
    for (const viewer of viewers) viewer.close();
    publisher.close();
    await network.close();
    await relay.close();
  }
}
/**
 * Taken again, twice at most, while the network itself was so late that this machine had no time for anybody: then every end is late
 * to acknowledge, which no network did. The relay's own figures have no say in it.
 */
async function measureUndisturbed(delayMs: number, loss: number): Promise<Measured> {
  for (let attempt = 1; ; attempt++) {
    const measured = await measure(delayMs, loss);
    if (measured.trueRttMs - 2 * delayMs < 3 || attempt === 3) return measured;
  }
}
function heldMs(before: LinkCounters, after: LinkCounters): number {
  return (after.heldMs - before.heldMs) / (after.passed - before.passed);
}
/** Three seconds, and until 40 datagrams are lost on the way to the viewers where some shall be. */
async function enough(network: SpawnedImpairment, begin: ImpairmentCounters, loss: number): Promise<void> {
  await sleep(3000);
  for (let waited = 0; loss > 0 && waited < 40; waited++) {
    if (dropped((await network.counters()).udp.down) - dropped(begin.udp.down) >= 40) return;
    await sleep(250);
  }
}

describe.skipIf(!addon.available)("what the relay knows of a link, beside what the network did", () => {
  const cases = [0, 0.01, 0.05].flatMap((loss) => [10, 50, 200].map((delayMs) => ({ loss, delayMs })));
  it.each(cases)("at a loss of $loss and $delayMs ms each way", { timeout: 180_000 }, async ({ loss, delayMs }) => {
    const { rttMs, trueRttMs, lost, trulyLost, sent } = await measureUndisturbed(delayMs, loss);
    process.stderr.write(
      `loss ${loss} delay ${delayMs}: rtt ${rttMs.toFixed(1)} of ${trueRttMs.toFixed(1)} ms, lost ${lost} of ${trulyLost}, sent ${sent}\n`,
    );
    expect(Math.abs(rttMs - trueRttMs), `round trip ${rttMs} ms, truly ${trueRttMs} ms`).toBeLessThanOrEqual(Math.max(2, 0.15 * trueRttMs));
    if (loss === 0) expect(lost).toBe(trulyLost);
    else {
      expect(lost, `${trulyLost} were dropped`).toBeLessThanOrEqual(1.3 * trulyLost);
      expect(lost, `${trulyLost} were dropped`).toBeGreaterThanOrEqual(trulyLost / 1.3);
    }
  });
});
