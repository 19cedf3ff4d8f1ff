import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { RelayName } from "../quic/messages.ts";
import { type RunningRelay, start } from "../quic/relays.ts";
import { bitsPerSecond, clientProcess, contentFor, relays } from "./run.ts";

/** What a relay holds, in bytes; what it does not tell is absent. */
interface Held {
  readonly resident: number;
  /** Heap and external memory after garbage collection; ours only. */
  readonly heap: number | undefined;
}
/** Bytes more for each. */
export interface MemoryRow {
  readonly relay: RelayName;
  readonly idleSession: Held;
  readonly cachedSecond: Held;
}
export const idleSessions = 2000;
/** Dialled before it counts: what grows once, such as the young generation of the heap, does not belong to the others. */
const warmSessions = 1000;
/** Dialled between two answers. */
const atOnce = 250;
/** Of media, in so many seconds of time. */
export const cachedSeconds = 56;
const writingSeconds = 7;
const settleMs = 500;

/** Each relay by itself, with nothing else to do. */
export async function measureMemory(progress: (line: string) => void): Promise<MemoryRow[]> {
  const rows: MemoryRow[] = [];
  for (const relay of relays) {
    const row = { relay, idleSession: await alone(relay, idle), cachedSecond: await alone(relay, cached) };
    progress(
      `memory of ${relay}: ${(row.idleSession.resident / 1000).toFixed(1)} kB per idle session, ${(row.cachedSecond.resident / 1000).toFixed(0)} kB per cached second`,
    );
    rows.push(row);
  }
  return rows;
}

async function alone(name: RelayName, look: (name: RelayName, relay: RunningRelay) => Promise<Held>): Promise<Held> {
  const relay = await start(name, { metrics: true });
  try {
    return await look(name, relay);
  } finally {
    await relay.close();
  }
}

async function idle(at: RelayName, relay: RunningRelay): Promise<Held> {
  const client = clientProcess();
  try {
    const connect = async (count: number): Promise<void> => {
      for (let left = count; left > 0; left -= atOnce) {
        client.tell({ kind: "idle", at, url: relay.url, count: Math.min(left, atOnce) });
        await client.answer("idle");
      }
    };
    await connect(warmSessions);
    const before = await held(relay);
    await connect(idleSessions);
    return per(idleSessions, before, await held(relay));
  } finally {
    await client.close();
  }
}

/** One subscriber keeps the track coming; the relay keeps what the publisher says is worth it. */
async function cached(at: RelayName, relay: RunningRelay): Promise<Held> {
  const [publisher, subscriber] = [clientProcess(), clientProcess()];
  try {
    publisher.tell({ kind: "publish", at, url: relay.url, keepMs: 600_000 });
    await publisher.answer("published");
    subscriber.tell({ kind: "subscribe", at, url: relay.url, count: 1 });
    await subscriber.answer("subscribed");
    const content = contentFor(1);
    const write = async (seconds: number): Promise<void> => {
      const { framesPerSecond } = content;
      const faster = { ...content, framesPerSecond: (framesPerSecond * cachedSeconds) / writingSeconds };
      publisher.tell({ kind: "write", at, seconds: (seconds * writingSeconds) / cachedSeconds, content: faster });
      await publisher.answer("wrote");
    };
    await write(4);
    const before = await held(relay);
    await write(cachedSeconds);
    return per(cachedSeconds, before, await held(relay));
  } finally {
    await Promise.all([publisher.close(), subscriber.close()]);
  }
}

async function held({ asked, pid }: RunningRelay): Promise<Held> {
  await sleep(settleMs);
  asked?.tell({ kind: "memory" });
  const heap = (await asked?.answer("memory"))?.bytes;
  const [, kB] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return { resident: 1024 * Number(kB), heap };
}
function per(count: number, before: Held, after: Held): Held {
  return {
    resident: (after.resident - before.resident) / count,
    heap: after.heap === undefined || before.heap === undefined ? undefined : (after.heap - before.heap) / count,
  };
}
/** Payload of a second. */
export const payloadBytesPerSecond: number = bitsPerSecond / 8;
