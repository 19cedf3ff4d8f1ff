import type { RejectReason } from "../error.ts";
import { GatewayError, malformed } from "../error.ts";
import { type Item, type Member, parseDictionary, Token } from "./structured-field.ts";

/** States of the player (CTA-5004-B, key `sta`); `w` is of an earlier draft and still sent by dash.js and shaka. */
export const playStates = ["s", "p", "k", "r", "a", "w", "e", "f", "q", "d"] as const;
export type PlayState = (typeof playStates)[number];

/** Types of events that mean something of their own here (key `e`): a response, an error, a change of bitrate. */
const eventTypes = ["rr", "e", "bc"] as const;
export type EventType = (typeof eventTypes)[number] | "other";

/** The values of a list for picture and sound. What names no object type, or both (`av`), is the picture's. */
export interface PerMedia {
  readonly video: number | undefined;
  readonly audio: number | undefined;
}

/**
 * One line of an event mode body: what of it becomes a metric. Milliseconds and kbit/s as sent; absent keys are `undefined`. It holds no text
 * but the session id, so that a line that waits costs little.
 */
export interface CmcdEvent {
  readonly sid: string;
  readonly sn: number;
  /** Epoch milliseconds of the player's clock. */
  readonly ts: number;
  readonly type: EventType;
  readonly state: PlayState | undefined;
  readonly isHidden: boolean;
  readonly startDelay: number | undefined;
  readonly latency: number | undefined;
  readonly droppedFrames: number | undefined;
  /** Sums of their lists. */
  readonly starvations: number | undefined;
  readonly starvedTime: number | undefined;
  readonly starvedEach: readonly number[] | undefined;
  readonly bufferLength: PerMedia | undefined;
  readonly throughput: number | undefined;
  readonly playheadBitrate: PerMedia | undefined;
  readonly bitrate: PerMedia | undefined;
  readonly errorCodes: number;
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
    type: eventTypes.find((known) => known === type) ?? "other",
    state: playStates.find((known) => known === state),
    isHidden: single(members, "bg")?.value === true,
    startDelay: integer(members, "msd"),
    latency: integer(members, "ltc"),
    droppedFrames: integer(members, "dfa"),
    starvations: sumOf(sizes(members, "bsa")),
    starvedTime: sumOf(sizes(members, "bsda")),
    starvedEach: sizes(members, "bsd")?.map(({ value }) => value),
    bufferLength: perMedia(sizes(members, "bl")),
    throughput: chosen(sizes(members, "mtp")),
    playheadBitrate: perMedia(sizes(members, "pb")),
    bitrate: perMedia(sizes(members, "br")),
    errorCodes: itemsOf(members.get("ec")).length,
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

/** A number with the object type that its parameter names (`v`, `a`, `av` …), "" where it names none. */
interface Sized {
  readonly value: number;
  readonly type: string;
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

function sumOf(list: readonly Sized[] | undefined): number | undefined {
  return list?.reduce((total, { value }) => total + value, 0);
}

function perMedia(list: readonly Sized[] | undefined): PerMedia | undefined {
  return list && { video: valueOf(list, "v", "av", ""), audio: valueOf(list, "a") };
}

/** The picture's value of a list, else its first. */
function chosen(list: readonly Sized[] | undefined): number | undefined {
  return list && (valueOf(list, "v", "av", "") ?? list[0]?.value);
}

function valueOf(list: readonly Sized[], ...types: readonly string[]): number | undefined {
  return list.find(({ type }) => types.includes(type))?.value;
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
