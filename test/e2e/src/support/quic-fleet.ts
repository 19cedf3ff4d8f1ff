import { setTimeout as sleep } from "node:timers/promises";
import {
  connect,
  defaultWish,
  type Group,
  LocalBroadcast,
  Origin,
  readFrames,
  readGroups,
  type Session,
  Track,
  TransportMemory,
  toPath,
} from "@moqscope/lite";
import { nodeWebSocket, quicOpener } from "@moqscope/lite/node";
import { connectQuic } from "@moqscope/quic";

const path = toPath("truth/stream");
const trackName = "data";

/** One live track, published to a relay over WebSocket, so that what the relay knows of QUIC is of viewers alone. */
export class PacedPublisher {
  readonly track: Track = new Track({ name: trackName });
  /** Whole groups. */
  made = 0;
  readonly #session: Session;
  #timer: NodeJS.Timeout | undefined;
  private constructor(session: Session) {
    this.#session = session;
  }
  static async start(url: string): Promise<PacedPublisher> {
    const publish = new Origin();
    const session = await connect(url, { publish, webSocket: nodeWebSocket, webTransport: false });
    const publisher = new PacedPublisher(session);
    const broadcast = new LocalBroadcast();
    broadcast.add(publisher.track);
    publish.publish(path, broadcast);
    return publisher;
  }
  /** Resolves when somebody subscribes, so that the first group finds a way. */
  async subscribed(): Promise<void> {
    while (this.track.readers === 0) await sleep(10);
  }
  /** Writes a frame of `bytes` each `everyMs`, the time of its making in front, and begins a group with every `framesPerGroup`th. */
  pace(everyMs: number, bytes: number, framesPerGroup = 1): void {
    this.stop();
    let due = performance.now();
    let group: Group | undefined;
    const step = (): void => {
      // A machine that is busy must not be answered with a flood.
      if (performance.now() - due > 200) due = performance.now();
      for (; due <= performance.now(); due += everyMs) {
        const payload = new Uint8Array(bytes);
        new DataView(payload.buffer).setFloat64(0, performance.now());
        group ??= this.track.createGroup();
        group.append({ timestamp: Math.round(due), payload });
        if (group.frames.length < framesPerGroup) continue;
        group.finish();
        group = undefined;
        this.made++;
      }
    };
    this.#timer = setInterval(step, Math.max(1, everyMs / 2));
  }
  stop(): void {
    clearInterval(this.#timer);
  }
  close(): void {
    this.stop();
    this.#session.close();
  }
}

/** A frame as a viewer saw it. */
export interface SeenFrame {
  readonly sequence: number;
  /** Its place in the group. */
  readonly index: number;
  /** Since it was made. */
  readonly ageMs: number;
  readonly atMs: number;
}

/** A viewer over QUIC who reads everything. */
export class QuicViewer {
  readonly seen: SeenFrame[] = [];
  /** Groups that came to their end. */
  readonly whole = new Set<number>();
  /** Groups that were given up. */
  readonly aborted: { readonly sequence: number; readonly code: number | undefined }[] = [];
  readonly session: Session;
  readonly #leave = new AbortController();
  private constructor(session: Session) {
    this.session = session;
  }
  static async start(port: number, { maxLatencyMs = 0 }: { readonly maxLatencyMs?: number } = {}): Promise<QuicViewer> {
    const session = await connect(`https://127.0.0.1:${port}/`, {
      // As patient as a browser: the relay has to do with a viewer who is silent.
      webTransport: quicOpener({ connectQuic }, { trust: "none", keepAliveMs: 5_000, idleTimeoutMs: 30_000 }),
      headStartMs: 20_000,
      memory: new TransportMemory(),
    });
    const viewer = new QuicViewer(session);
    const track = await session.broadcast(path).track(trackName);
    void viewer.#read(track, maxLatencyMs);
    return viewer;
  }
  close(): void {
    this.#leave.abort();
    this.session.close();
  }
  async #read(track: Track, maxLatencyMs: number): Promise<void> {
    try {
      for await (const group of readGroups(track, { ...defaultWish, maxLatencyMs }, { signal: this.#leave.signal })) void this.#take(group);
    } catch {
      // The session has ended, as each test makes it.
    }
  }
  async #take(group: Group): Promise<void> {
    try {
      let index = 0;
      for await (const { payload } of readFrames(group)) {
        const made = new DataView(payload.buffer, payload.byteOffset).getFloat64(0);
        const atMs = performance.now();
        this.seen.push({ sequence: group.sequence, index: index++, ageMs: atMs - made, atMs });
      }
      this.whole.add(group.sequence);
    } catch (error) {
      this.aborted.push({ sequence: group.sequence, code: (error as { readonly wireCode?: number }).wireCode });
    }
  }
}
