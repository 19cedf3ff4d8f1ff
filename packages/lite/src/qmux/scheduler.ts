import type { TransportLimits } from "../transport/limits.ts";
import { Sink } from "../wire/sink.ts";
import { Departures } from "./departures.ts";
import type { QmuxFrame } from "./frame.ts";
import type { Framing } from "./framing.ts";
import { minRecordBytes } from "./parameters.ts";
import type { QmuxSendStream } from "./send-stream.ts";
import { headroomBytes, type MessageSocket } from "./socket.ts";

/** Most data in one STREAM frame: old peers close above about 16360 (qmux-websocket §2). */
export const maxStreamPayload = 16352;
/** Type, id, offset and length of a STREAM frame at their longest. */
const streamHeaderBytes = 21;

/** Records that leave in one write at most: as many as the socket may hold. */
const recordsAtOnce = 4;

interface MadeRecord {
  readonly record: Sink;
  readonly pooled: Uint8Array<ArrayBuffer> | undefined;
}

/** Decides what goes into the next record: control frames, then streams by priority, then by age. */
export class Scheduler {
  readonly #socket: MessageSocket;
  readonly #framing: Framing;
  readonly #limits: TransportLimits;
  readonly #overrun: () => void;
  readonly #departures = new Departures();
  readonly #written = (): void => this.#departures.written();
  readonly #turn = (): void => {
    this.#scheduled = false;
    this.#flush();
  };
  #control: Uint8Array[] = [];
  #controlBytes = 0;
  /** Newest credit per stream: only the newest is worth sending. */
  readonly #streamCredit = new Map<number, number>();
  #dataCredit: number | undefined;
  readonly #active: QmuxSendStream[] = [];
  #unsorted = false;
  #scheduled = false;
  #draining = false;
  #stopped = false;
  #maxData = 0;
  #sentData = 0;
  #blockedAt = -1;
  #recordBytes = minRecordBytes;
  /** Bytes handed to the socket. */
  bytesSent = 0;
  /** Records handed to the socket. */
  recordsSent = 0;

  constructor(link: { readonly socket: MessageSocket; readonly framing: Framing }, limits: TransportLimits, overrun: () => void) {
    this.#socket = link.socket;
    this.#framing = link.framing;
    this.#limits = limits;
    this.#overrun = overrun;
  }
  get bufferedBytes(): number {
    let bytes = this.#controlBytes + this.#socket.bufferedBytes;
    for (const stream of this.#active) bytes += stream.bufferedBytes;
    return bytes;
  }
  /** Takes the peer's connection credit; it only grows. */
  allow(maxData: number): void {
    this.#maxData = Math.max(this.#maxData, maxData);
    this.#schedule();
  }
  set peerRecordBytes(bytes: number) {
    this.#recordBytes = Math.min(bytes, minRecordBytes);
  }
  /** Queues a control frame, ahead of every stream. */
  control(frame: QmuxFrame): void {
    if (this.#stopped) return;
    const sink = new Sink();
    this.#framing.encode(sink, frame);
    this.#control.push(sink.finish());
    this.#controlBytes += sink.length;
    if (this.#controlBytes > this.#limits.controlBacklogBytes) this.#overrun();
    this.#schedule();
  }
  dataCredit(max: number): void {
    this.#dataCredit = max;
    this.#schedule();
  }
  streamCredit(id: number, max: number): void {
    this.#streamCredit.set(id, max);
    this.#schedule();
  }
  forgetCredit(id: number): void {
    this.#streamCredit.delete(id);
  }
  wake(stream: QmuxSendStream): void {
    if (this.#stopped) return;
    if (!stream.active) {
      stream.active = true;
      this.#unsorted = this.#active.push(stream) > 1;
    }
    this.#schedule();
  }
  priorityChanged(): void {
    this.#unsorted = true;
  }
  /** Sends this frame now, whatever waits, and nothing afterwards. */
  last(frame: QmuxFrame): void {
    if (this.#stopped) return;
    this.#stopped = true;
    let sink = new Sink(64, headroomBytes);
    for (const bytes of this.#takeControl(minRecordBytes / 2)) {
      sink.bytes(bytes);
      if (this.#framing.records) continue;
      this.#send(sink);
      sink = new Sink(64, headroomBytes);
    }
    this.#framing.encode(sink, frame);
    this.#send(sink);
  }
  /** Sends nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#control = [];
    this.#controlBytes = 0;
    this.#active.length = 0;
  }
  #schedule(): void {
    if (this.#scheduled || this.#draining || this.#stopped) return;
    this.#scheduled = true;
    this.#socket.soon(this.#turn);
  }
  #flush(): void {
    while (!this.#stopped) {
      if (this.#socket.bufferedBytes > this.#limits.socketBufferedBytes) return this.#hold();
      if (this.#idle) return;
      if (!this.#sendSome()) return;
    }
  }
  /** Sends a record, or as many as there are and leave in one write; whether there was anything to send. */
  #sendSome(): boolean {
    const first = this.#make();
    if (!first) return false;
    if (this.#idle || !this.#socket.sendAll) {
      this.#send(first.record, first.pooled);
      return true;
    }
    const made = [first];
    while (made.length < recordsAtOnce && !this.#idle) {
      const next = this.#make();
      if (!next) break;
      made.push(next);
    }
    this.#sendAll(made);
    return true;
  }
  #make(): MadeRecord | undefined {
    const capacity = this.#estimate();
    const pooled = this.#socket.pool?.take(capacity);
    const record = this.#record(new Sink(pooled ?? capacity, headroomBytes));
    if (record.length > 0) return { record, pooled };
    if (pooled) this.#socket.pool?.give(pooled);
    return undefined;
  }
  /** Whether there is nothing to look through: the usual end of a flush, and cheaper to ask than an empty record. */
  get #idle(): boolean {
    return this.#active.length === 0 && this.#control.length === 0 && this.#dataCredit === undefined && this.#streamCredit.size === 0;
  }
  #hold(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#socket.whenDrained(() => {
      this.#draining = false;
      this.#flush();
    });
  }
  /** `pooled` goes back once the socket is done with it; it is merely lost if the socket never says so. */
  #send(record: Sink, pooled?: Uint8Array<ArrayBuffer>): void {
    const { pool } = this.#socket;
    this.bytesSent += record.length;
    this.recordsSent++;
    this.#socket.frame?.(record);
    if (this.#socket.send(record.finish(), this.#written)) {
      if (pooled) pool?.give(pooled);
      this.#departures.taken();
    } else this.#departures.held(pooled && (() => pool?.give(pooled)));
  }
  #sendAll(made: readonly MadeRecord[]): void {
    const { pool } = this.#socket;
    const messages = made.map(({ record }) => {
      this.bytesSent += record.length;
      this.recordsSent++;
      this.#socket.frame?.(record);
      return record.finish();
    });
    const release = (): void => {
      for (const { pooled } of made) if (pooled) pool?.give(pooled);
    };
    if (this.#socket.sendAll?.(messages, this.#written)) {
      release();
      this.#departures.taken();
    } else this.#departures.held(release);
  }
  #record(record: Sink): Sink {
    if (this.#unsorted) {
      this.#active.sort((a, b) => b.priority - a.priority || a.order - b.order);
      this.#unsorted = false;
    }
    this.#writeCredit(record);
    if (this.#full(record)) return record;
    if (this.#control.length > 0) for (const bytes of this.#takeControl(this.#recordBytes - record.length)) record.bytes(bytes);
    if (!this.#full(record)) this.#writeStreams(record);
    return record;
  }
  /** Whether the framing takes no frame more. */
  #full(record: Sink): boolean {
    return !this.#framing.records && record.length > 0;
  }
  #estimate(): number {
    let bytes = 64 + this.#controlBytes;
    for (const stream of this.#active) {
      bytes += stream.bufferedBytes + streamHeaderBytes;
      if (bytes >= this.#recordBytes) return this.#recordBytes;
    }
    return Math.min(bytes, this.#recordBytes);
  }
  #writeCredit(record: Sink): void {
    if (this.#dataCredit !== undefined) this.#framing.encode(record, { kind: "max_data", max: this.#dataCredit });
    this.#dataCredit = undefined;
    if (this.#streamCredit.size === 0) return;
    for (const [id, max] of this.#streamCredit) {
      if (this.#full(record) || record.length + streamHeaderBytes > this.#recordBytes) return;
      this.#framing.encode(record, { kind: "max_stream_data", id, max });
      this.#streamCredit.delete(id);
    }
  }
  #takeControl(room: number): Uint8Array[] {
    let bytes = 0;
    let count = 0;
    for (const frame of this.#control) {
      if (bytes + frame.byteLength > room) break;
      bytes += frame.byteLength;
      count++;
      if (!this.#framing.records && !this.#stopped) break;
    }
    this.#controlBytes -= bytes;
    return this.#control.splice(0, count);
  }
  #writeStreams(record: Sink): void {
    let at = 0;
    while (at < this.#active.length && !this.#full(record)) {
      const stream = this.#active[at] as QmuxSendStream;
      if (!stream.sendable) {
        this.#rest(stream, at);
        continue;
      }
      const room = this.#recordBytes - record.length - streamHeaderBytes;
      if (room <= 0) return;
      const credit = this.#maxData - this.#sentData;
      const taken = stream.emit(record, this.#framing, Math.min(room, maxStreamPayload, credit));
      this.#sentData += taken;
      if (taken > 0 || stream.finished) this.#departures.add(stream);
      else if (stream.sendable) {
        this.#dataBlocked();
        at++;
      }
    }
  }
  /** Takes a stream out that has nothing to send or no credit of its own. */
  #rest(stream: QmuxSendStream, at: number): void {
    stream.active = false;
    if (at === this.#active.length - 1) this.#active.pop();
    else this.#active.splice(at, 1);
    const limit = stream.takeBlocked();
    if (limit !== undefined) this.control({ kind: "stream_data_blocked", id: stream.id, limit });
  }
  #dataBlocked(): void {
    if (this.#blockedAt === this.#maxData) return;
    this.#blockedAt = this.#maxData;
    this.control({ kind: "data_blocked", limit: this.#maxData });
  }
}
