import { broadcastLabel } from "@moqscope/telemetry/node";
import { Copies } from "./copies.ts";
import type { FleetSeries } from "./fleet-series.ts";

/** Rules of the top broadcasts (metrics catalogue, section 6). */
const rankEveryMs = 10_000;
const strongForMs = 30_000;
const memberForMs = 300_000;
/** Strength over the weakest member that is needed, as a ratio of whole numbers. */
const [strongOver, strongUnder] = [6, 5];

interface Broadcast {
  readonly path: string;
  readonly label: string;
  /** Sessions of the table that are of it. */
  sessions: number;
  /** Those that reported lately, and the seconds they played, at the last ranking. */
  live: number;
  played: number;
  playing: number;
  /** Its own series, as long as it is a member. */
  copies: Copies | undefined;
  memberSinceMs: number;
  strongSinceMs: number | undefined;
}

/**
 * The series by broadcast, bounded: the `limit` strongest broadcasts have their own, all others and sessions without one share `other`.
 * What a player counts is copied here once, so the sum over `broadcast` grows as the total does.
 */
export class Broadcasts {
  readonly #series: FleetSeries;
  readonly #limit: number;
  /** By number; 0 is none. */
  readonly #all: (Broadcast | undefined)[] = [undefined];
  readonly #numbers = new Map<string, number>();
  readonly #free: number[] = [];
  #members = 0;
  #other: Copies | undefined;
  /** Series that lost their place at the last ranking: their last value leaves with an export before they end. */
  readonly #closing: Copies[] = [];
  #rankedMs = Number.NEGATIVE_INFINITY;

  constructor(series: FleetSeries, limit: number) {
    this.#series = series;
    this.#limit = limit;
  }

  /** The number of a broadcast for one session more. A broadcast that is new takes a free place at once. */
  hold(path: string | undefined, nowMs: number): number {
    if (path === undefined) return 0;
    const number = this.#numbers.get(path) ?? this.#add(path);
    const broadcast = this.#all[number] as Broadcast;
    broadcast.sessions++;
    if (broadcast.copies === undefined && this.#members < this.#limit) this.#admit(broadcast, nowMs);
    return number;
  }

  /** One session less is of this broadcast. */
  release(number: number): void {
    const broadcast = this.#all[number];
    if (broadcast === undefined) return;
    broadcast.sessions--;
    this.#forget(number, broadcast);
  }

  /** Copies growth; says whether it went into `other` for want of a place. */
  add(number: number, measure: number, value: number, nowMs: number): boolean {
    const broadcast = this.#all[number];
    (broadcast?.copies ?? this.#others(nowMs)).add(measure, value);
    return broadcast !== undefined && broadcast.copies === undefined;
  }

  /** Notes seconds that were played. */
  played(number: number, seconds: number): void {
    const broadcast = this.#all[number];
    if (broadcast !== undefined) broadcast.playing += seconds;
  }

  /** Ranks the broadcasts where it is time. `live` tells how many live sessions each number has. */
  rank(nowMs: number, live: () => ReadonlyMap<number, number>): void {
    if (nowMs - this.#rankedMs < rankEveryMs) return;
    this.#rankedMs = nowMs;
    for (const copies of this.#closing.splice(0)) copies.end(nowMs);
    const counts = live();
    const members: Broadcast[] = [];
    const others: Broadcast[] = [];
    for (const [number, broadcast] of this.#all.entries()) {
      if (broadcast === undefined) continue;
      broadcast.live = counts.get(number) ?? 0;
      broadcast.played = broadcast.playing;
      broadcast.playing = 0;
      (broadcast.copies === undefined ? others : members).push(broadcast);
    }
    members.sort(byStrength);
    others.sort(byStrength);
    const weakest = members.at(-1);
    for (const other of others) {
      if (this.#members < this.#limit) this.#admit(other, nowMs);
      else if (weakest === undefined || !isStronger(other, weakest)) other.strongSinceMs = undefined;
      else other.strongSinceMs ??= nowMs;
    }
    this.#exchange(members, others, nowMs);
  }

  /** The path of each number, to restore from. */
  snapshot(): string[] {
    return this.#all.map((broadcast) => broadcast?.path ?? "");
  }

  /** Path of each member, and since when it is one. */
  members(): [string, number][] {
    return this.#all.flatMap((each): [string, number][] => (each?.copies === undefined ? [] : [[each.path, each.memberSinceMs]]));
  }

  /** Takes members over, and `other` where it had series. */
  restore(members: readonly (readonly [string, number])[], hasOther: boolean, nowMs: number): void {
    for (const [path, sinceMs] of members.slice(0, this.#limit)) {
      const broadcast = this.#all[this.#numbers.get(path) ?? this.#add(path)] as Broadcast;
      this.#admit(broadcast, nowMs);
      broadcast.memberSinceMs = sinceMs;
    }
    if (hasOther) this.#others(nowMs);
  }

  #exchange(members: Broadcast[], others: readonly Broadcast[], nowMs: number): void {
    for (const other of others) {
      if (other.copies !== undefined || other.strongSinceMs === undefined || nowMs - other.strongSinceMs < strongForMs) continue;
      const at = members.findLastIndex(({ memberSinceMs }) => nowMs - memberSinceMs >= memberForMs);
      const leaving = members[at];
      if (leaving === undefined || !isStronger(other, leaving)) return;
      members.splice(at, 1);
      this.#evict(leaving);
      this.#admit(other, nowMs);
    }
  }

  #admit(broadcast: Broadcast, nowMs: number): void {
    broadcast.copies = new Copies(this.#series, { key: "broadcast", value: broadcast.label }, nowMs);
    broadcast.memberSinceMs = nowMs;
    broadcast.strongSinceMs = undefined;
    this.#members++;
  }

  #evict(broadcast: Broadcast): void {
    if (broadcast.copies !== undefined) this.#closing.push(broadcast.copies);
    broadcast.copies = undefined;
    this.#members--;
    this.#forget(this.#numbers.get(broadcast.path) ?? 0, broadcast);
  }

  #add(path: string): number {
    const number = this.#free.pop() ?? this.#all.length;
    const state = { sessions: 0, live: 0, played: 0, playing: 0, copies: undefined, memberSinceMs: 0, strongSinceMs: undefined };
    this.#all[number] = { path, label: labelOf(path), ...state };
    this.#numbers.set(path, number);
    return number;
  }

  /** A broadcast without sessions and without a place leaves no trace. */
  #forget(number: number, { path, sessions, copies }: Broadcast): void {
    if (sessions > 0 || copies !== undefined) return;
    this.#numbers.delete(path);
    this.#all[number] = undefined;
    this.#free.push(number);
  }

  #others(nowMs: number): Copies {
    return (this.#other ??= new Copies(this.#series, { key: "broadcast", value: "other" }, nowMs));
  }
}

/** A broadcast of the name that stands for all others is told apart from them. */
function labelOf(path: string): string {
  return path === "other" ? "other~path" : broadcastLabel(path);
}

function byStrength(a: Broadcast, b: Broadcast): number {
  return b.live - a.live || b.played - a.played;
}

/** By live sessions, then by play time, and by a fifth more. */
function isStronger(one: Broadcast, other: Broadcast): boolean {
  if (one.live !== other.live) return one.live * strongUnder >= other.live * strongOver;
  return one.played > 0 && one.played * strongUnder >= other.played * strongOver;
}
