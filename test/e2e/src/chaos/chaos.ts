import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { quicAvailable } from "@moqscope/quic";
import { Book } from "./book.ts";
import { Intruder } from "./intruder.ts";
import { type LogPlaces, makeLogPlaces } from "./log-places.ts";
import { RelayProcess } from "./relay-process.ts";
import { Station } from "./station.ts";
import { Tokens } from "./tokens.ts";
import { Dice, pause, type Town } from "./town.ts";
import { Viewer } from "./viewer.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly viewers: number;
  readonly stations: number;
  readonly intruders: number;
  /** Before the first look at memory: what grows once is there then. */
  readonly warmMs: number;
  /** Between the two looks. */
  readonly runMs: number;
  readonly killEveryMs: number;
  readonly say: (line: string) => void;
}
export interface Outcome {
  readonly kills: number;
  readonly died: readonly string[];
  /** What some viewer saw, or did not see, and what intruders were let do. */
  readonly faults: readonly string[];
  readonly frames: number;
  readonly worstGapMs: number;
  readonly heldUpMs: number;
  /** Gauges that are not zero after everybody has left. */
  readonly gauges: readonly string[];
  /** Of the relay that lives through everything, after over before. */
  readonly memory: Readonly<Record<"rss" | "heap" | "files", { readonly before: number; readonly after: number }>>;
}

/** Until everything that a relay times has run out after its peers have gone: pings, lingering paths, kept tracks. */
const settleMs = 8_000;
const deadForMs = [500, 4_000] as const;
const openFiles = "process_unix_file_descriptor_count";

/** Three relays, and everything that may happen to them at once. The first lives; of the others one is killed now and then. */
export async function chaos(options: ChaosOptions): Promise<Outcome> {
  const { seed, say } = options;
  const logs = makeLogPlaces();
  const tokens = await Tokens.create();
  const relays = await makeRelays(logs, tokens);
  const book = new Book();
  const town: Town = { relays, quic: quicAvailable().available, tokens, book, seed };
  try {
    await Promise.all(relays.map((relay) => relay.start()));
    say(`three relays are up, seed ${seed}`);
    await live(town, options, options.warmMs);
    await pause(settleMs, AbortSignal.any([]));
    const before = await held(relays);
    say(`warm: ${told(before)}`);
    const kills = await live(town, options, options.runMs);
    await pause(settleMs, AbortSignal.any([]));
    const after = await held(relays);
    say(`at the end: ${told(after)}`);
    return {
      kills,
      died: relays.flatMap((relay) => relay.diedOfItself),
      faults: book.faults,
      frames: book.frames,
      worstGapMs: Math.round(book.worstGapMs),
      heldUpMs: Math.round(book.heldUpMs),
      gauges: (await Promise.all(relays.map(notZero))).flat(),
      memory: {
        rss: { before: before.rss, after: after.rss },
        heap: { before: before.heap, after: after.heap },
        files: { before: before.files, after: after.files },
      },
    };
  } finally {
    await Promise.all(relays.map((relay) => relay.kill()));
    logs.close();
  }
}

async function makeRelays(logs: LogPlaces, tokens: Tokens): Promise<readonly RelayProcess[]> {
  const key = join(logs.folder, "key.jwk");
  writeFileSync(key, tokens.publicJwk);
  const args = ["--auth-key", key, "--handshake-timeout", "3s", "--ping-interval", "1s", "--ping-timeout", "20s"];
  const all = [
    { name: "amsterdam", log: logs.smallDisk, inspected: true },
    { name: "berlin", log: logs.file, inspected: false },
    { name: "copenhagen", log: logs.deafPipe, inspected: false },
  ];
  const relays = await Promise.all(all.map((one) => RelayProcess.create({ ...one, args })));
  const query = await tokens.relaying();
  for (const relay of relays) {
    relay.meetPeers(
      relays.filter((other) => other !== relay),
      query,
    );
  }
  return relays;
}

/** Everybody lives for so long, and leaves. Gives how many relays were killed meanwhile. */
async function live(town: Town, options: ChaosOptions, forMs: number): Promise<number> {
  const { viewers, stations: publishers, intruders, say } = options;
  const over = AbortSignal.timeout(forMs);
  const make = <T>(count: number, one: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => one(index));
  const stations = make(publishers, (index) => new Station(town, index));
  town.book.begin();
  const everybody = [
    ...stations,
    ...make(viewers, (index) => new Viewer(town, stations, index)),
    ...make(intruders, (index) => new Intruder(town, index)),
  ];
  const lives = everybody.map((one) => one.run(over));
  const reporting = setInterval(
    () => say(`${town.book.frames} frames, worst gap ${Math.round(town.book.worstGapMs)} ms, ${town.book.faults.length} faults`),
    10_000,
  );
  try {
    const kills = await reap(town, options, over);
    await Promise.all(lives);
    return kills;
  } finally {
    clearInterval(reporting);
    town.book.end();
  }
}

/** Kills one of the last two and starts it again. */
async function reap({ relays, seed }: Town, { killEveryMs, say }: ChaosOptions, over: AbortSignal): Promise<number> {
  const dice = new Dice(seed, "reaper");
  let kills = 0;
  while (await pause(killEveryMs, over)) {
    const relay = dice.pick(relays.slice(1));
    await relay.kill();
    kills++;
    say(`${relay.name} was killed`);
    await pause(dice.between(...deadForMs), over);
    await relay.start();
  }
  return kills;
}

async function held([survivor]: readonly RelayProcess[]): Promise<Readonly<Record<"rss" | "heap" | "files", number>>> {
  if (!survivor) throw new RangeError("there is no relay");
  const [, files = Number.NaN] = [...(await survivor.metrics())].find(([series]) => series.startsWith(openFiles)) ?? [];
  return { ...(await survivor.memory()), files };
}
function told({ rss, heap, files }: Readonly<Record<"rss" | "heap" | "files", number>>): string {
  return `${(rss / 1e6).toFixed(1)} MB resident, ${(heap / 1e6).toFixed(1)} MB heap, ${files} files open`;
}

/** Gauges of what peers hold: sessions, subscriptions, streams, bytes. */
const gauges = /^moq_relay_(active_\w+|upstream_subscriptions|send_buffer_bytes|cache_size_bytes|broadcast_subscribers)(\{|$)/;
/** The others stay linked with it. */
const links = /^moq_relay_active_connections\{.*peer="relay"/;
async function notZero(relay: RelayProcess): Promise<string[]> {
  if (!relay.isUp) return [`${relay.name} is gone`];
  return [...(await relay.metrics())].flatMap(([series, value]) =>
    gauges.test(series) && !links.test(series) && value !== 0 ? [`${relay.name}: ${series} is ${value}`] : [],
  );
}
