import type { Group, Track, Wish } from "@moqscope/lite";
import { LegacyFrame } from "../container/legacy.ts";
import { failOn, Mailbox } from "./mailbox.ts";

/** What a headless reader sees, in order of arrival; every group that began ends in exactly one `group-end`. */
export type MediaEvent =
  | {
      readonly kind: "frame";
      readonly group: number;
      /** Place in its group; 0 is the keyframe. */
      readonly index: number;
      readonly timestampUs: number;
      readonly payload: Uint8Array;
      /** Monotonic milliseconds of arrival, where the frame came over a network. */
      readonly receivedMs?: number;
      /** Whether its group began before this reader came. */
      readonly cached: boolean;
    }
  | {
      readonly kind: "group-end";
      readonly group: number;
      readonly outcome: "complete" | "reset" | "invalid";
      readonly frames: number;
      readonly reason?: string;
    }
  /** The peer says that these groups, both ends inclusive, will not come. */
  | { readonly kind: "dropped"; readonly first: number; readonly last: number; readonly code: number };

export interface ReadMediaOptions {
  readonly signal?: AbortSignal;
  /** Default: priority 60, unordered, from the latest group on. */
  readonly wish?: Wish;
}
/** Events that may wait for a slow reader before it fails with `bounds_exceeded`. */
export const maxMediaEvents = 65_536;

/**
 * Reads the frames of a `legacy` track. Groups may interleave. Ends when the track does.
 * @throws HangError `bounds_exceeded`, LiteError of the track, or the signal's reason.
 */
export async function* readMedia(track: Track, options: ReadMediaOptions = {}): AsyncGenerator<MediaEvent, void, undefined> {
  const following = new Map<Group, () => void>();
  const events = new Mailbox<MediaEvent>(maxMediaEvents);
  const forget = failOn(options.signal, events);
  let open = 0;
  let ended = false;
  const settle = () => {
    if (ended && open === 0) events.finish();
  };
  const follow = (group: Group, cached: boolean) => {
    open++;
    const detach = readGroup(group, cached, events, () => {
      open--;
      following.delete(group);
      settle();
    });
    if (group.state.kind === "open") following.set(group, detach);
  };
  const reading = track.attach(
    {
      group: follow,
      dropped: (drop) => events.push({ kind: "dropped", ...drop }),
      ended: () => {
        ended = true;
        settle();
      },
      aborted: (error) => events.fail(error),
    },
    options.wish ?? { priority: 60, ordered: false, maxLatencyMs: 0 },
  );
  try {
    yield* events;
  } finally {
    forget();
    reading.detach();
    for (const detach of following.values()) detach();
  }
}

function readGroup(group: Group, cached: boolean, events: Mailbox<MediaEvent>, done: () => void): () => void {
  let index = 0;
  let reason: string | undefined;
  const end = (outcome: "complete" | "reset" | "invalid", why?: string) => {
    events.push({ kind: "group-end", group: group.sequence, outcome, frames: index, ...(why === undefined ? {} : { reason: why }) });
    done();
  };
  return group.attach({
    frame(frame) {
      if (reason !== undefined) return;
      try {
        const { timestampUs, payload } = LegacyFrame.decode(frame.payload);
        const received = frame.receivedMs === undefined ? {} : { receivedMs: frame.receivedMs };
        events.push({ kind: "frame", group: group.sequence, index: index++, timestampUs, payload, ...received, cached });
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
    },
    finished: () => (reason === undefined ? end("complete") : end("invalid", reason)),
    aborted: (error) => end("reset", error.message),
  });
}
