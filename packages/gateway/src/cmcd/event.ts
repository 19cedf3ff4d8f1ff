import type { RejectReason } from "../error.ts";
import { GatewayError, malformed } from "../error.ts";
import { type Item, type Member, parseDictionary, Token } from "./structured-field.ts";

/** States of the player (CTA-5004-B, key `sta`); `w` is of an earlier draft and still sent by dash.js and shaka. */
export const playStates = ["s", "p", "k", "r", "a", "w", "e", "f", "q", "d"] as const;
export type PlayState = (typeof playStates)[number];

/** A number with the object type that its parameter names (`v`, `a`, `av` …), "" where it names none. */
export interface Sized {
  readonly value: number;
  readonly type: string;
}

/** One line of an event mode body: what of it becomes a metric. Milliseconds and kbit/s as sent; absent keys are `undefined`. */
export interface CmcdEvent {
  readonly sid: string;
  readonly sn: number;
  /** Epoch milliseconds of the player's clock. */
  readonly ts: number;
  /** Type of the event: `ps`, `t`, `e`, `rr`, `bc` … */
  readonly type: string;
  readonly state: PlayState | undefined;
  readonly isHidden: boolean;
  readonly startDelay: number | undefined;
  readonly latency: number | undefined;
  readonly droppedFrames: number | undefined;
  readonly starvations: readonly Sized[] | undefined;
  readonly starvedTime: readonly Sized[] | undefined;
  readonly starvedEach: readonly Sized[] | undefined;
  readonly bufferLength: readonly Sized[] | undefined;
  readonly throughput: readonly Sized[] | undefined;
  readonly playheadBitrate: readonly Sized[] | undefined;
  readonly bitrate: readonly Sized[] | undefined;
  readonly errorCodes: readonly string[];
}

/** Session ids as everywhere (fleet aggregation, section 3); a UUID, which CTA-5004-B recommends, is one. */
const sessionIdForm = /^[A-Za-z0-9_-]{16,64}$/;

/**
 * Reads one line (CTA-5004-B, event mode). Throws GatewayError: `wrong_type` for CMCD v1 and for a line of request mode,
 * `negative`, else `malformed`. Its message names keys and never repeats what was sent.
 */
export function readEvent(line: string): CmcdEvent {
  const members = parseDictionary(line);
  const version = members.has("v") ? integer(members, "v") : 1;
  if (version !== 2) throw refused("wrong_type", "this is not CMCD version 2 (key v): set version: 2 in the player");
  const type = token(members, "e");
  if (type === undefined)
    throw refused("wrong_type", "a line without key e is a report of request mode: configure an event target, not request mode");
  const state = token(members, "sta");
  return {
    sid: sessionOf(members),
    sn: required(members, "sn"),
    ts: required(members, "ts"),
    type,
    state: playStates.find((known) => known === state),
    isHidden: single(members, "bg")?.value === true,
    startDelay: integer(members, "msd"),
    latency: integer(members, "ltc"),
    droppedFrames: integer(members, "dfa"),
    starvations: sizes(members, "bsa"),
    starvedTime: sizes(members, "bsda"),
    starvedEach: sizes(members, "bsd"),
    bufferLength: sizes(members, "bl"),
    throughput: sizes(members, "mtp"),
    playheadBitrate: sizes(members, "pb"),
    bitrate: sizes(members, "br"),
    errorCodes: itemsOf(members.get("ec")).flatMap(({ value }) => (typeof value === "string" ? [value] : [])),
  };
}

function refused(reason: RejectReason, message: string): GatewayError {
  return new GatewayError(reason, message);
}

function sessionOf(members: ReadonlyMap<string, Member>): string {
  const value = single(members, "sid")?.value;
  if (typeof value !== "string" || !sessionIdForm.test(value))
    throw malformed("key sid must be a string of 16 to 64 of A-Z a-z 0-9 _ -, such as a UUID");
  return value;
}

function required(members: ReadonlyMap<string, Member>, key: string): number {
  const value = integer(members, key);
  if (value === undefined) throw malformed(`key ${key} is missing: every event carries sid, sn, ts, e and v`);
  return value;
}

/** A number of milliseconds, frames or reports. Players do not round everywhere: a decimal counts as the integer next to it. */
function integer(members: ReadonlyMap<string, Member>, key: string): number | undefined {
  const value = single(members, key)?.value;
  if (value === undefined) return undefined;
  if (typeof value !== "number") throw malformed(`key ${key} must be an integer`);
  return Math.round(positive(value, key));
}

/** An inner list of numbers, each with an object type as parameter; a bare number, as v1 has it, is a list of one. */
function sizes(members: ReadonlyMap<string, Member>, key: string): readonly Sized[] | undefined {
  const member = members.get(key);
  if (member === undefined) return undefined;
  return itemsOf(member).map(({ value, parameters }) => {
    if (typeof value !== "number") throw malformed(`key ${key} must be a list of numbers`);
    return { value: positive(value, key), type: parameters[0] ?? "" };
  });
}

function positive(value: number, key: string): number {
  if (value < 0) throw refused("negative", `key ${key} is below zero`);
  return value;
}

function token(members: ReadonlyMap<string, Member>, key: string): string | undefined {
  const value = single(members, key)?.value;
  if (value === undefined) return undefined;
  if (!(value instanceof Token)) throw malformed(`key ${key} must be a token`);
  return value.name;
}

function single(members: ReadonlyMap<string, Member>, key: string): Item | undefined {
  const [only] = itemsOf(members.get(key));
  return only;
}

function itemsOf(member: Member | undefined): readonly Item[] {
  if (member === undefined) return [];
  return "value" in member ? [member] : member;
}
