import { isDeepStrictEqual } from "node:util";
import type { Offer, Party, Reading, SeenGroup, Writing } from "./party/party.ts";
import { Announcements } from "./support/announcements.ts";
import { framesPerGroup, payloadOf, timestampOf } from "./support/content.ts";
import { until, within } from "./support/within.ts";

/** A publisher and a subscriber that reach each other, over one session or over a relay. */
export interface Meeting {
  readonly publisher: Party;
  readonly subscriber: Party;
  /** Cuts the connection of the client under test, without a word. */
  readonly cut: () => void;
  /** Those that must hear of the cut by themselves: with a relay between them only the client. */
  readonly cutOff: readonly Party[];
  /** A relay of others is between them. */
  readonly foreignRelay?: boolean;
  readonly close: () => Promise<void>;
}

/** Groups that each cell moves. */
export const groupsPerCell = 200;
/** Groups that are made before the earlier ones have arrived; a relay that gives up what is old is not given so many at once. */
const ahead = 30;
const aheadOfForeignRelay = 4;
const path = "room/alice.hang";

/**
 * What every cell of the matrix shows, in this order; throws at the first thing that does not come true. `timestamps`: the version
 * carries them.
 */
export async function play(meeting: Meeting, timestamps: boolean): Promise<void> {
  const { publisher, subscriber } = meeting;
  const announcements = new Announcements(subscriber);
  const offer = publisher.offer(path);
  await announcements.come(path);
  const check = checker(timestamps);

  await lateJoin({ offer, subscriber, check });
  await stream({ offer, subscriber, check }, meeting.foreignRelay === true);
  await until("nobody subscribes after the unsubscribe", () => !offer.read);
  offer.end();
  await announcements.gone(path);

  await loss(meeting, announcements);
}

type Check = (group: SeenGroup, index: number) => Promise<void>;
interface Stage {
  readonly offer: Offer;
  readonly subscriber: Party;
  readonly check: Check;
}

/** Who comes while a group is being made gets it from its first frame, and nothing older. */
async function lateJoin({ offer, subscriber, check }: Stage): Promise<void> {
  for (let sequence = 0; sequence < 5; sequence++) make(offer, sequence);
  const open = offer.group();
  write(open, 5, 0);
  write(open, 5, 1);
  const reading = subscriber.subscribe(path);
  const group = await first(reading, "the open group reaches who comes late");
  if (group.sequence !== 5) throw new Error(`a late join begins at group ${group.sequence}, not at the latest, 5`);
  await check(group, 0);
  await check(group, 1);
  write(open, 5, 2);
  open.finish();
  await check(group, 2);
  await cleanEnd(group);
  reading.stop();
  await until("nobody subscribes after the first unsubscribe", () => !offer.read);
}

/** 200 groups, each of them whole and exact, in whatever order they come. */
async function stream({ offer, subscriber, check }: Stage, foreignRelay: boolean): Promise<void> {
  const start = 6;
  const end = start + groupsPerCell;
  make(offer, start);
  const reading = subscriber.subscribe(path);
  const seen = new Set<number>();
  const wholes: Promise<void>[] = [];
  let failure: Error | undefined;
  let made = start + 1;
  const whole = async (group: SeenGroup): Promise<void> => {
    for (let index = 0; index < framesPerGroup; index++) await check(group, index);
    await cleanEnd(group);
  };
  const proceed = (): void => {
    while (made < end && made < start + seen.size + (foreignRelay ? aheadOfForeignRelay : ahead)) make(offer, made++);
  };
  while (seen.size < groupsPerCell) {
    const group = await first(reading, `group ${seen.size + 1} of ${groupsPerCell} arrives`);
    // It hands out the last group of an earlier subscription before it has asked for a newer one.
    if (foreignRelay && group.sequence === start - 1) {
      await whole(group);
      continue;
    }
    if (seen.has(group.sequence) || group.sequence < start) throw new Error(`group ${group.sequence} came twice, or was never asked for`);
    seen.add(group.sequence);
    wholes.push(
      whole(group).catch((error: Error) => {
        failure ??= error;
      }),
    );
    proceed();
  }
  await within("every group is read to its end", Promise.all(wholes));
  if (failure) throw failure;
  reading.stop();
}

/** The connection is cut in the middle of a group: both ends hear of it, and what is not whole never looks whole. */
async function loss({ publisher, subscriber, cut, cutOff }: Meeting, announcements: Announcements): Promise<void> {
  const offer = publisher.offer(path);
  await announcements.come(path);
  write(offer.group(), 0, 0);
  const reading = subscriber.subscribe(path);
  const group = await first(reading, "the group that will be cut arrives");
  const frame = await within("its first frame is read", group.next());
  if (!frame) throw new Error("the group that will be cut came without its frame");
  cut();
  await until("nobody subscribes after the loss", () => !offer.read);
  const end = await within("the open group ends", outcome(group.next()));
  if (end === "ended" && subscriber.tellsCut) throw new Error("a group that was cut looks whole");
  await within("the subscription ends", outcome(untilNone(reading)));
  for (const party of cutOff) await within("the session ends", outcome(party.closed));
  await announcements.lost(path);
}
async function untilNone(reading: Reading): Promise<void> {
  while (await reading.next()) continue;
}
async function outcome(promise: Promise<unknown>): Promise<"ended" | "lost"> {
  try {
    await promise;
    return "ended";
  } catch {
    return "lost";
  }
}

function make(offer: Offer, sequence: number): void {
  const group = offer.group();
  for (let index = 0; index < framesPerGroup; index++) write(group, sequence, index);
  group.finish();
}
function write(group: Writing, sequence: number, index: number): void {
  group.frame(payloadOf(sequence, index), timestampOf(sequence, index));
}
async function first(reading: Reading, what: string): Promise<SeenGroup> {
  const group = await within(what, reading.next());
  if (!group) throw new Error(`${what}: the subscription ended instead`);
  return group;
}
function checker(timestamps: boolean): Check {
  return async (group, index) => {
    const what = `frame ${index} of group ${group.sequence}`;
    const frame = await within(what, group.next());
    if (!frame) throw new Error(`${what}: the group ended before it`);
    const expected = payloadOf(group.sequence, index);
    if (Buffer.compare(frame.payload, expected) !== 0)
      throw new Error(`${what}: ${frame.payload.byteLength} bytes differ from the ${expected.byteLength} that were sent`);
    const timestamp = timestampOf(group.sequence, index);
    if (timestamps && !isDeepStrictEqual(frame.timestampMs, timestamp))
      throw new Error(`${what}: timestamp ${frame.timestampMs}, not ${timestamp}`);
  };
}
async function cleanEnd(group: SeenGroup): Promise<void> {
  const more = await within(`the end of group ${group.sequence}`, group.next());
  if (more) throw new Error(`group ${group.sequence} has more than ${framesPerGroup} frames`);
}
