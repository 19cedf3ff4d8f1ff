import type { Group } from "../model/group.ts";
import { encodeFrameHeader } from "../wire/group.ts";

/** How a group's frames lie on a stream: made once, shared by every subscriber. */
export class FrameLayout {
  readonly #group: Group;
  readonly #timestamps: boolean;
  readonly #headers: Uint8Array[] = [];
  readonly #ends: number[] = [];
  constructor(group: Group, timestamps: boolean) {
    this.#group = group;
    this.#timestamps = timestamps;
  }
  /** The encoded header of the frame at `index`; frames are asked for in order, each any number of times. */
  header(index: number): Uint8Array {
    const there = this.#headers[index];
    if (there) return there;
    const frame = this.#group.frames[index];
    if (!frame) throw new RangeError(`group ${this.#group.sequence} has no frame ${index}`);
    const before = index === 0 ? 0 : (this.#group.frames[index - 1]?.timestamp ?? 0);
    const delta = this.#timestamps ? Math.round(frame.timestamp) - Math.round(before) : undefined;
    const header = encodeFrameHeader(delta, frame.payload.byteLength);
    this.#headers[index] = header;
    this.#ends[index] = (this.#ends[index - 1] ?? 0) + header.byteLength + frame.payload.byteLength;
    return header;
  }
  /** Where the frame at `index` ends, in bytes after the GROUP header; beyond everything if nobody asked for its header yet. */
  end(index: number): number {
    return this.#ends[index] ?? Number.POSITIVE_INFINITY;
  }
}

const timed = new WeakMap<Group, FrameLayout>();
const bare = new WeakMap<Group, FrameLayout>();

/** `timestamps` says whether frames carry them. */
export function frameLayout(group: Group, timestamps: boolean): FrameLayout {
  const layouts = timestamps ? timed : bare;
  let layout = layouts.get(group);
  if (!layout) layouts.set(group, (layout = new FrameLayout(group, timestamps)));
  return layout;
}
