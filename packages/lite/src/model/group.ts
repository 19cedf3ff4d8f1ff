import type { LiteError } from "../error.ts";

/** One frame of a group, stored once and shared by every reader: never change `payload`. */
export interface Frame {
  /** In units of the track's timescale. */
  readonly timestamp: number;
  readonly payload: Uint8Array;
  /** Monotonic milliseconds at which the last byte was read from the peer; absent for what was made here. */
  readonly receivedMs?: number;
  /** The same of its first byte. */
  readonly startedMs?: number;
}

/** What a reader of a group is told, synchronously and in order; after `finished` or `aborted` nothing follows. */
export interface GroupReader {
  frame(frame: Frame): void;
  finished(): void;
  aborted(error: LiteError): void;
}

export type GroupState =
  | { readonly kind: "open" }
  | { readonly kind: "finished" }
  | { readonly kind: "aborted"; readonly error: LiteError };
type GroupEnd = Exclude<GroupState, { kind: "open" }>;

/** Frames that depend on one another, usually one GOP: appended by one writer, followed by any number of readers. */
export class Group {
  readonly sequence: number;
  /** Whether it is one frame that travels as a datagram, and is lost where it cannot: never sent on a stream. */
  readonly datagram: boolean;
  readonly #frames: Frame[] = [];
  readonly #readers = new Set<GroupReader>();
  #state: GroupState = { kind: "open" };
  #byteLength = 0;
  #closed: PromiseWithResolvers<GroupEnd> | undefined;
  readonly #unread: (() => void)[] = [];
  constructor(sequence: number, options: { readonly datagram?: boolean } = {}) {
    this.sequence = sequence;
    this.datagram = options.datagram ?? false;
  }
  get state(): GroupState {
    return this.#state;
  }
  get frames(): readonly Frame[] {
    return this.#frames;
  }
  /** Payload bytes held. */
  get byteLength(): number {
    return this.#byteLength;
  }
  /** Those that follow it while it is open. */
  get readers(): number {
    return this.#readers.size;
  }
  /** Settles once with how it ended; never rejects. */
  get closed(): Promise<GroupEnd> {
    this.#closed ??= Promise.withResolvers<GroupEnd>();
    if (this.#state.kind !== "open") this.#closed.resolve(this.#state);
    return this.#closed.promise;
  }
  /** Has `unread` told each time the last reader leaves while the group is open: for a source that works for its readers only. */
  onUnread(unread: () => void): void {
    this.#unread.push(unread);
  }
  /** Appends a frame and tells every reader. Ignored once the group has ended: its readers were already told. */
  append(frame: Frame): void {
    if (this.#state.kind !== "open") return;
    this.#frames.push(frame);
    this.#byteLength += frame.payload.byteLength;
    this.#readers.forEach((reader) => reader.frame(frame));
  }
  finish(): void {
    this.#end({ kind: "finished" });
  }
  abort(error: LiteError): void {
    this.#end({ kind: "aborted", error });
  }
  /** Replays what is there and follows what comes. The returned function stops it and may be called twice. */
  attach(reader: GroupReader): () => void {
    for (const frame of this.#frames) reader.frame(frame);
    if (this.#state.kind !== "open") tell(reader, this.#state);
    else this.#readers.add(reader);
    return () => {
      if (this.#readers.delete(reader) && this.#readers.size === 0) for (const unread of this.#unread) unread();
    };
  }
  #end(state: GroupEnd): void {
    if (this.#state.kind !== "open") return;
    this.#state = state;
    const readers = [...this.#readers];
    this.#readers.clear();
    for (const reader of readers) tell(reader, state);
    this.#closed?.resolve(state);
  }
}

function tell(reader: GroupReader, state: GroupEnd): void {
  if (state.kind === "finished") reader.finished();
  else reader.aborted(state.error);
}
