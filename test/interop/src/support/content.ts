/** Lengths of the frames of a group: empty, tiny, usual, and more than one record holds (16382 bytes), by turns. */
const lengths: readonly (readonly number[])[] = [
  [5, 0, 1200],
  [300, 63, 64],
  [20_000, 1, 400],
  [800, 900, 1000],
  [1, 1, 1],
  [16_352, 16_383, 0],
  [100, 200, 300],
  [0, 0, 1],
  [1000, 1000, 2000],
  [255, 256, 257],
];

/** By group and frame: every cell moves the same. */
const made = new Map<string, Uint8Array>();

/** What frame `index` of group `sequence` holds: every byte depends on both and on its place. Never change it. */
export function payloadOf(sequence: number, index: number): Uint8Array {
  const key = `${sequence}/${index}`;
  const known = made.get(key) ?? makePayload(sequence, index);
  made.set(key, known);
  return known;
}
function makePayload(sequence: number, index: number): Uint8Array {
  const payload = new Uint8Array(lengths[sequence % lengths.length]?.[index] ?? 0);
  for (let at = 0; at < payload.length; at++) payload[at] = (sequence * 31 + index * 101 + at * 7 + (at >> 8)) & 0xff;
  return payload;
}
/** Milliseconds; goes back within a group, as pictures that are shown in another order than they are coded do. */
export function timestampOf(sequence: number, index: number): number {
  return sequence * 100 + ([0, 66, 33][index] ?? 0);
}
export const framesPerGroup = 3;
