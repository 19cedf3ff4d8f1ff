import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type ChunkMeta, packChunk, unpackChunk } from "./chunk-codec.ts";
import { History } from "./history.ts";
import type { HistoryStore } from "./history-store.ts";
import { Labels } from "./labels.ts";
import type { Tier } from "./tier.ts";

/** First line of a file; another version is another line. */
const magic = Buffer.from("moqscope history 1\n");
const fileName = "history.bin";
/** Series written between two turns of the event loop. */
const seriesPerTurn = 200;
/** Clocks of two runs on one machine differ by less. */
const futureMs = 60_000;

/** What came of restoring: how many series, or where the file was put that could not be read. */
export type Restored =
  | { readonly kind: "none" }
  | { readonly kind: "restored"; readonly series: number }
  | { readonly kind: "set-aside"; readonly path: string; readonly cause: string };

interface SeriesMeta {
  readonly labels: Readonly<Record<string, string>>;
  readonly fine: readonly ChunkMeta[];
  readonly coarse: readonly ChunkMeta[];
}

/** The history on disk: one file in a folder, replaced as a whole. */
export class HistoryFile {
  readonly path: string;
  readonly #folder: string;
  #saving: Promise<number> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, fileName);
  }

  /**
   * Reads the file into an empty store. One that is broken, of another version or from the future is renamed, and the store stays empty.
   * Throws what the file system throws where the folder cannot be made or read.
   */
  restore(store: HistoryStore, nowMs: number): Restored {
    mkdirSync(this.#folder, { recursive: true });
    let content: Buffer;
    try {
      content = readFileSync(this.path);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return { kind: "none" };
      throw error;
    }
    try {
      // read whole before any of it is taken: half a history is none
      const series = [...seriesOf(content)];
      if (series.some(({ lastMs }) => lastMs > nowMs + futureMs)) throw new RangeError("its samples are from the future");
      for (const each of series) store.adopt(each);
      return { kind: "restored", series: series.length };
    } catch (error) {
      const aside = `${this.path}.broken-${new Date(nowMs).toISOString().replaceAll(":", "-")}`;
      renameSync(this.path, aside);
      return { kind: "set-aside", path: aside, cause: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Writes the store beside the file and then over it; how many series. Asked while it writes, it gives that. */
  save(store: HistoryStore): Promise<number> {
    this.#saving ??= this.#write(store).finally(() => (this.#saving = undefined));
    return this.#saving;
  }

  async #write(store: HistoryStore): Promise<number> {
    const beside = `${this.path}.new`;
    await using file = await open(beside, "w");
    let sum = 0;
    const put = async (parts: readonly Uint8Array[]): Promise<void> => {
      const bytes = Buffer.concat(parts);
      sum = crc32(bytes, sum);
      await file.write(bytes);
    };
    await put([magic]);
    let count = 0;
    let parts: Uint8Array[] = [];
    for (const series of store.all()) {
      parts.push(...record(series));
      if (++count % seriesPerTurn > 0) continue;
      await put(parts);
      parts = [];
    }
    await put([...parts, length(0)]);
    await file.write(length(sum));
    await file.sync();
    await rename(beside, this.path);
    return count;
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
  if (!content.subarray(0, magic.length).equals(magic)) throw new RangeError("it is of another version");
  const end = content.length - 4;
  if (end < magic.length || crc32(content.subarray(0, end)) !== content.readUInt32LE(end)) throw new RangeError("its checksum is wrong");
  let at = magic.length;
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
