import { deserialize, serialize } from "node:v8";
import type { LogRecord, SpanRecord } from "@moqscope/telemetry/query";
import type { Entry } from "../store/record-ring.ts";
import type { Records } from "../store/records.ts";
import { CheckedFile, type Taken } from "./checked-file.ts";

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

/** Traces and log records on disk: one file in a folder, replaced as a whole. */
export class RecordsFile {
  readonly #file: CheckedFile;

  constructor(folder: string) {
    this.#file = new CheckedFile(folder, fileName, firstLine);
  }

  get path(): string {
    return this.#file.path;
  }

  /**
   * Reads the file into empty stores. One that is broken, of another version or from the future is renamed, and the stores stay empty.
   * How many records. Throws GatewayError `store_unusable` where the folder cannot be made or
   * read.
   */
  restore(records: Records, nowMs: number): Taken<number> {
    return this.#file.take(nowMs, (content) => {
      // read whole before any of it is taken
      const pieces = [...piecesOf(content)];
      for (const piece of pieces) check(piece, nowMs);
      for (const piece of pieces) take(piece, records);
      records.expire(nowMs);
      return records.traces.size + records.logs.size;
    });
  }

  /** Writes the records beside the file and then over it; how many. Asked while it writes, it gives that. */
  save(records: Records): Promise<number> {
    return this.#file.replace(async (put) => {
      // what comes and goes while it is written is not missed: a record is one object, and a piece is written in one turn
      const spans = [...records.traces.all()];
      const logs = [...records.logs.all()];
      for (const some of slices(spans)) await put(framed({ kind: "spans", records: some }));
      for (const some of slices(logs)) await put(framed({ kind: "logs", records: some }));
      return spans.length + logs.length;
    });
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
