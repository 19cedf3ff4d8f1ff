/** One encoded frame of a file; times in microseconds since the file's first frame. */
export interface MediaPacket {
  /** When it is shown. */
  readonly timestampUs: number;
  /** Whether it decodes alone. */
  readonly keyframe: boolean;
  readonly payload: Uint8Array;
}
/** A packet with the moment at which a live encoder would have let go of it. */
export interface TimedPacket extends MediaPacket {
  readonly sendUs: number;
}

/** Frames by which codecs reorder at most (H.264 and HEVC: 16). */
const reorderDepth = 16;

/**
 * Gives packets in decode order their times of sending: the n-th is due at the n-th smallest timestamp, so that frames that are
 * shown earlier than they are decoded (B-frames) leave at an even pace. Holds 16 packets back.
 */
export async function* withSendTimes<P extends MediaPacket>(packets: AsyncIterable<P>): AsyncGenerator<P & TimedPacket, void, undefined> {
  const queue: P[] = [];
  const times: number[] = [];
  let lastUs = Number.NEGATIVE_INFINITY;
  const take = (packet: P) => {
    lastUs = Math.max(lastUs, times.shift() ?? packet.timestampUs);
    return { ...packet, sendUs: lastUs };
  };
  for await (const packet of packets) {
    queue.push(packet);
    insertSorted(times, packet.timestampUs);
    if (queue.length <= reorderDepth) continue;
    const first = queue.shift();
    if (first) yield take(first);
  }
  for (const packet of queue) yield take(packet);
}
function insertSorted(sorted: number[], value: number): void {
  let at = sorted.length;
  while (at > 0 && (sorted[at - 1] ?? value) > value) at--;
  sorted.splice(at, 0, value);
}

/** Plays packets again and again, each round `periodUs` later, so that timestamps keep rising. */
export async function* repeat(
  open: () => AsyncIterable<MediaPacket>,
  options: { readonly periodUs: number; readonly loop: boolean },
): AsyncGenerator<MediaPacket, void, undefined> {
  for (let round = 0; ; round++) {
    const shiftUs = round * options.periodUs;
    for await (const packet of open()) yield shiftUs === 0 ? packet : { ...packet, timestampUs: packet.timestampUs + shiftUs };
    if (!options.loop) return;
  }
}

/** Merges the packets of several tracks by time of sending; `index` is the place of the track in the list. */
export async function* interleave(
  tracks: readonly AsyncIterable<TimedPacket>[],
): AsyncGenerator<{ readonly index: number; readonly packet: TimedPacket }, void, undefined> {
  const iterators = tracks.map((track) => track[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
    for (;;) {
      let index = -1;
      let packet: TimedPacket | undefined;
      for (const [at, head] of heads.entries()) {
        if (head.done || (packet && packet.sendUs <= head.value.sendUs)) continue;
        index = at;
        packet = head.value;
      }
      const iterator = iterators[index];
      if (!packet || !iterator) return;
      yield { index, packet };
      heads[index] = await iterator.next();
    }
  } finally {
    await Promise.all(iterators.map(async (iterator) => iterator.return?.()));
  }
}
