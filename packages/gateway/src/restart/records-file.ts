import { deserialize, serialize } from "node:v8";
import type { LogRecord, SpanRecord } from "@moqscope/telemetry/query";
import type { Entry } from "../store/record-ring.ts";
import type { Records } from "../store/records.ts";
import { CheckedFile } from "./checked-file.ts";

const firstLine = "moqscope records 1";
const fileName = "records.bin";
/** Records written between two turns of the event loop. */
const recordsPerTurn = 500;
/** Clocks of two runs on one machine differ by less. */
const futureMs = 60_000;

/** Some records with their times of arrival, as they stand in the file. */
type Piece =
  | { readonly kind: "spans"; readonly records: readonly (readonly [SpanRecord, number])[] }
  | { readonly kind: "logs"; readonly records: readonly (readonly [LogRecord, number])[] };

/** What came of restoring: how many records, or where the file was put that could not be read. */
export type RestoredRecords =
  | { readonly kind: "none" }
  | { readonly kind: "restored"; readonly records: number }
  | { readonly kind: "set-aside"; readonly path: string; readonly cause: string };

/** Traces and log records on disk: one file in a folder, replaced as a whole. */
export class RecordsFile {
  readonly #file: CheckedFile;
  #saving: Promise<number> | undefined;

  constructor(folder: string) {
    this.#file = new CheckedFile(folder, fileName, firstLine);
  }

  get path(): string {
    return this.#file.path;
  }

  /**
   * Reads the file into empty stores. One that is broken, of another version or from the future is renamed, and the stores stay empty.
   * Throws what the file system throws where the folder cannot be made or read.
   */
  restore(records: Records, nowMs: number): RestoredRecords {
    const bytes = this.#file.read();
    if (bytes === undefined) return { kind: "none" };
    try {
      // read whole before any of it is taken
      const pieces = [...piecesOf(this.#file.content(bytes))];
      for (const piece of pieces) check(piece, nowMs);
      for (const piece of pieces) take(piece, records);
      records.expire(nowMs);
      return { kind: "restored", records: records.traces.size + records.logs.size };
    } catch (error) {
      return { kind: "set-aside", path: this.#file.setAside(nowMs), cause: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Writes the records beside the file and then over it; how many. Asked while it writes, it gives that. */
  save(records: Records): Promise<number> {
    this.#saving ??= this.#write(records).finally(() => (this.#saving = undefined));
    return this.#saving;
  }

  async #write(records: Records): Promise<number> {
    // what comes and goes while it is written is not missed: a record is one object, and a piece is written in one turn
    const spans = [...records.traces.all()];
    const logs = [...records.logs.all()];
    await this.#file.replace(async (put) => {
      for (const some of slices(spans)) await put(framed({ kind: "spans", records: some }));
      for (const some of slices(logs)) await put(framed({ kind: "logs", records: some }));
    });
    return spans.length + logs.length;
  }
}

function* slices<T>(entries: readonly Entry<T>[]): Generator<(readonly [T, number])[]> {
  for (let from = 0; from < entries.length; from += recordsPerTurn) {
    yield entries.slice(from, from + recordsPerTurn).map(({ item, arrivedMs }) => [item, arrivedMs] as const);
  }
}

function framed(piece: Piece): Buffer {
  const body = serialize(piece);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}

/** The pieces of a file. Throws where it is not as it was written. */
function* piecesOf(content: Buffer): Generator<Piece> {
  for (let at = 0; at < content.length; ) {
    const end = at + 4 + content.readUInt32LE(at);
    if (end > content.length) throw new RangeError("it ends too early");
    yield deserialize(content.subarray(at + 4, end)) as Piece;
    at = end;
  }
}

function check({ kind, records }: Piece, nowMs: number): void {
  if ((kind !== "spans" && kind !== "logs") || !Array.isArray(records)) throw new TypeError("it holds something else");
  for (const [record, arrivedMs] of records) {
    if (typeof record.traceId !== "string" || typeof record.attributes !== "object") throw new TypeError("it holds something else");
    if (!(arrivedMs <= nowMs + futureMs)) throw new RangeError("its records are from the future");
  }
}

function take(piece: Piece, { traces, logs }: Records): void {
  switch (piece.kind) {
    case "spans":
      for (const [span, arrivedMs] of piece.records) traces.push(span, arrivedMs);
      return;
    case "logs":
      for (const [log, arrivedMs] of piece.records) logs.push(log, arrivedMs);
  }
}
