import type { Group } from "../model/group.ts";
import { encodeFrameHeader } from "../wire/group.ts";

const headers = new WeakMap<Group, Uint8Array[]>();

/** The encoded header of a group's frame at `index`: made once, shared by every subscriber. */
export function frameHeader(group: Group, index: number): Uint8Array {
  let known = headers.get(group);
  if (!known) headers.set(group, (known = []));
  const there = known[index];
  if (there) return there;
  const frame = group.frames[index];
  if (!frame) throw new RangeError(`group ${group.sequence} has no frame ${index}`);
  const before = index === 0 ? 0 : (group.frames[index - 1]?.timestamp ?? 0);
  const header = encodeFrameHeader(Math.round(frame.timestamp) - Math.round(before), frame.payload.byteLength);
  known[index] = header;
  return header;
}
