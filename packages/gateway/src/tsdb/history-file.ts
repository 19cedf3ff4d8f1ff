import { CheckedFile, type Taken } from "../restart/checked-file.ts";
import { type ChunkMeta, packChunk, unpackChunk } from "./chunk-codec.ts";
import { History } from "./history.ts";
import type { HistoryStore } from "./history-store.ts";
import { Labels } from "./labels.ts";
import type { Tier } from "./tier.ts";

const firstLine = "moqscope history 1";
const fileName = "history.bin";
/** Series written between two turns of the event loop. */
const seriesPerTurn = 200;
/** Clocks of two runs on one machine differ by less. */
const futureMs = 60_000;

interface SeriesMeta {
  readonly labels: Readonly<Record<string, string>>;
  readonly fine: readonly ChunkMeta[];
  readonly coarse: readonly ChunkMeta[];
}

/** The history on disk: one file in a folder, replaced as a whole. */
export class HistoryFile {
  readonly #file: CheckedFile;

  constructor(folder: string) {
    this.#file = new CheckedFile(folder, fileName, firstLine);
  }

  get path(): string {
    return this.#file.path;
  }

  /**
   * Reads the file into an empty store. One that is broken, of another version or from the future is renamed, and the store stays empty.
   * How many series. Throws GatewayError `store_unusable` where the folder cannot be made or
   * read.
   */
  restore(store: HistoryStore, nowMs: number): Taken<number> {
    return this.#file.take(nowMs, (content) => {
      // read whole before any of it is taken: half a history is none
      const series = [...seriesOf(content)];
      if (series.some(({ lastMs }) => lastMs > nowMs + futureMs)) throw new RangeError("its samples are from the future");
      for (const each of series) store.adopt(each);
      return series.length;
    });
  }

  /** Writes the store beside the file and then over it; how many series. Asked while it writes, it gives that. */
  save(store: HistoryStore): Promise<number> {
    return this.#file.replace(async (put) => {
      let count = 0;
      let parts: Uint8Array[] = [];
      for (const series of store.all()) {
        parts.push(...record(series));
        if (++count % seriesPerTurn > 0) continue;
        await put(Buffer.concat(parts));
        parts = [];
      }
      await put(Buffer.concat([...parts, length(0)]));
      return count;
    });
  }
}

function record(series: History): Uint8Array[] {
  const pack = (tier: Tier): ReturnType<typeof packChunk>[] => tier.chunks().map(packChunk);
  const [fine, coarse] = [pack(series.fine), pack(series.coarse)];
  const meta: SeriesMeta = {
    labels: series.labels.toRecord(),
    fine: fine.map((chunk) => chunk.meta),
    coarse: coarse.map((chunk) => chunk.meta),
  };
  const head = Buffer.from(JSON.stringify(meta));
  return [length(head.length), head, ...[...fine, ...coarse].flatMap(({ bytes }) => bytes)];
}

function length(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The series of a file. Throws RangeError or SyntaxError where it is not as it was written. */
function* seriesOf(content: Buffer): Generator<History> {
  const end = content.length;
  let at = 0;
  const take = (size: number): ArrayBuffer => {
    if (at + size > end) throw new RangeError("it ends too early");
    const bytes = new Uint8Array(content.subarray(at, at + size));
    at += size;
    return bytes.buffer;
  };
  for (;;) {
    const size = new DataView(take(4)).getUint32(0, true);
    if (size === 0) return;
    const meta = JSON.parse(Buffer.from(take(size)).toString()) as SeriesMeta;
    const series = new History(Labels.of(meta.labels));
    series.fine.restore(meta.fine.map((chunk) => unpackChunk(chunk, series.fine.shape.slots, take)));
    series.coarse.restore(meta.coarse.map((chunk) => unpackChunk(chunk, series.coarse.shape.slots, take)));
    yield series;
  }
}
