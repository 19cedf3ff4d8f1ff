/**
 * What an impairment costs by itself: `node --conditions=@moqscope/source test/impairment/src/measure.ts`. Sends stamped datagrams of
 * 1200 bytes from this process through one in a process of its own and back to this one, idle (100 a second) and at 40 Mbit/s, straight
 * and through it; then what comes out of a rate. One table in Markdown on stdout.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { LinkSettings } from "./settings.ts";
import { SpawnedImpairment } from "./spawned.ts";

const host = "127.0.0.1";
const seconds = 4;
const datagramBytes = 1200;
const idle = 100;
const loaded = Math.round(40e6 / 8 / datagramBytes);

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
async function bound(): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
  socket.bind(0, host);
  await once(socket, "listening");
  return socket;
}

/** Delays of datagrams to `port`, which come out at `receiver`; paced by turns of the event loop, so that they are not sent in clumps. */
async function delays(receiver: Socket, port: number, perSecond: number): Promise<readonly number[]> {
  const sender = await bound();
  const taken: number[] = [];
  const take = (data: Buffer): void => void taken.push(performance.now() - data.readDoubleBE(0));
  // What is not compiled yet, at either end, is not what is asked.
  for (let sent = 0; sent < 2000; sent++) {
    sender.send(Buffer.alloc(datagramBytes), port, host);
    if (sent % 4 === 0) await sleep(1);
  }
  await sleep(300);
  receiver.on("message", take);
  const start = performance.now();
  for (let sent = 0; sent < perSecond * seconds; ) {
    if (performance.now() - start < (sent * 1000) / perSecond) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    const data = Buffer.alloc(datagramBytes);
    data.writeDoubleBE(performance.now());
    sender.send(data, port, host);
    sent++;
  }
  await sleep(300);
  receiver.off("message", take);
  sender.close();
  return taken;
}

const say = (...cells: readonly (string | number)[]): void => void process.stdout.write(`| ${cells.join(" | ")} |\n`);
const ms = (value: number): string => value.toFixed(3);

const receiver = await bound();
say("path", "datagrams a second", "arrived", "p50 ms", "p99 ms", "p99 - p1 ms");
say("---", "---", "---", "---", "---", "---");
for (const perSecond of [idle, loaded]) {
  const settings: readonly (Partial<LinkSettings> | undefined)[] = [undefined, {}, { delayMs: 10 }, { delayMs: 50 }];
  for (const change of settings) {
    await using network = await SpawnedImpairment.start({
      to: { host, port: receiver.address().port },
      udp: { host, port: 0 },
      ...(change && { settings: change }),
    });
    const taken = await delays(receiver, change ? network.port : receiver.address().port, perSecond);
    const name = change ? `through it, delay ${change.delayMs ?? 0} ms` : "straight";
    const arrived = `${((100 * taken.length) / (perSecond * seconds)).toFixed(2)} %`;
    const spread = percentile(taken, 0.99) - percentile(taken, 0.01);
    say(name, perSecond, arrived, ms(percentile(taken, 0.5)), ms(percentile(taken, 0.99)), ms(spread));
  }
}

process.stdout.write("\n");
say("rate set, Mbit/s", "came out, Mbit/s", "of it");
say("---", "---", "---");
for (const rateBps of [1e6, 5e6, 20e6]) {
  await using network = await SpawnedImpairment.start({
    to: { host, port: receiver.address().port },
    udp: { host, port: 0 },
    settings: { rateBps },
  });
  const sending = delays(receiver, network.port, Math.round((1.5 * rateBps) / 8 / datagramBytes));
  await sleep(1000);
  const before = (await network.counters()).udp.up.passedBytes;
  const start = performance.now();
  await sleep(2000);
  const after = (await network.counters()).udp.up.passedBytes;
  const got = ((after - before) * 8) / ((performance.now() - start) / 1000);
  say(rateBps / 1e6, (got / 1e6).toFixed(3), `${((100 * got) / rateBps).toFixed(2)} %`);
  await sending;
}
receiver.close();
