/** One frame as it was read; `timestampMs` only where the version carries it. */
export interface SeenFrame {
  readonly payload: Uint8Array;
  readonly timestampMs: number | undefined;
}
/** A group while it is read. `next` gives its frames in order, `undefined` after a clean end, and rejects when it was given up. */
export interface SeenGroup {
  readonly sequence: number;
  next(): Promise<SeenFrame | undefined>;
}
/** A subscription to one track. `next` gives groups as they begin, `undefined` when none follows, and rejects when it was lost. */
export interface Reading {
  next(): Promise<SeenGroup | undefined>;
  stop(): void;
}
/** A group while it is made. */
export interface Writing {
  frame(payload: Uint8Array, timestampMs: number): void;
  finish(): void;
}
/** A broadcast with one track, as its publisher holds it. */
export interface Offer {
  /** Begins the group after the last one. */
  group(): Writing;
  /** Whether somebody subscribes to the track now. */
  readonly read: boolean;
  /** Takes it back. */
  end(): void;
}
export interface Announced {
  readonly path: string;
  readonly active: boolean;
}
/** One end of a session, whoever made its code: what the scenario needs of it. */
export interface Party {
  /** Such as `moq-lite-05`. */
  readonly version: string;
  /** Whether it tells a group that was cut with its session from one that ended. */
  readonly tellsCut: boolean;
  offer(path: string): Offer;
  /** What the other end offers, as it changes; ends or rejects with the session. */
  announced(): AsyncIterable<Announced>;
  subscribe(path: string): Reading;
  /** Settles, one way or the other, when the session is over. */
  readonly closed: Promise<unknown>;
  close(): void;
}
/** The only track of every broadcast here. */
export const trackName = "data";
