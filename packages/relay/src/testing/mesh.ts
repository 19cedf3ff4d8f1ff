import { connect, LocalBroadcast, Origin, type Session, Track, toPath } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import { until } from "./harness.ts";

/** Between two groups of a steady publisher, milliseconds. */
const everyMs = 50;

/** Publishes a group each 50 ms at the first of some relays; where that is lost, at the next one at once. */
export class SteadyPublisher {
  readonly path = toPath("show");
  readonly #origin = new Origin();
  readonly #track = new Track({ name: "video" });
  readonly #urls: string[];
  #timer: NodeJS.Timeout | undefined;
  #session: Session | undefined;
  #over = false;
  /** Sequence of the newest group. */
  last = -1;
  constructor(urls: readonly string[]) {
    this.#urls = [...urls];
    const broadcast = new LocalBroadcast();
    broadcast.add(this.#track);
    this.#origin.publish(this.path, broadcast);
    this.resume();
    void this.#stay(); // Ends by `close`; never rejects.
  }
  resume(): void {
    this.#timer ??= setInterval(() => this.write(), everyMs);
  }
  /** Writes no group any more, but by `write`. */
  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
  close(): void {
    this.#over = true;
    this.pause();
    this.#session?.close();
  }
  /** One group of 1000 bytes. */
  write(): void {
    const payload = new Uint8Array(1000).fill(7);
    const group = this.#track.createGroup();
    this.last = group.sequence;
    group.append({ timestamp: Math.round(performance.now()), payload });
    group.finish();
  }
  async #stay(): Promise<void> {
    while (!this.#over) {
      const [url = ""] = this.#urls;
      try {
        this.#session = await connect(url, { webSocket: nodeWebSocket, webTransport: false, publish: this.#origin });
        await this.#session.closed;
      } catch {
        // The next one is tried.
      }
      this.#urls.push(this.#urls.shift() ?? "");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Watches as a player does: subscribes to what is announced, and again whenever its track is lost. */
export class SteadyViewer {
  /** Sequence of each group, in order of arrival. */
  readonly groups: number[] = [];
  readonly session: Session;
  /** Longest time without a new group, milliseconds. */
  longestMs = 0;
  /** How often it had to subscribe. */
  subscribed = 0;
  #lastMs = 0;
  #live = false;
  static async at(url: string): Promise<SteadyViewer> {
    return new SteadyViewer(await connect(url, { webSocket: nodeWebSocket, webTransport: false }));
  }
  private constructor(session: Session) {
    this.session = session;
    void this.#follow(); // Ends with the session.
  }
  close(): void {
    this.session.close();
  }
  /** Forgets what was, and waits for a group that is new. */
  async renew(): Promise<void> {
    const count = this.groups.length;
    await until(() => this.groups.length > count);
    this.longestMs = 0;
    this.#lastMs = performance.now();
  }
  /** The longest gap, the one that is still going on included. */
  gapMs(): number {
    return Math.max(this.longestMs, performance.now() - this.#lastMs);
  }
  async #follow(): Promise<void> {
    for await (const one of this.session.announced()) {
      if (one.path !== "show") continue;
      this.#live = one.kind === "active";
      if (this.#live && this.#reading === undefined) void this.#read(); // Never rejects.
    }
  }
  #reading: { detach(): void } | undefined;
  async #read(): Promise<void> {
    if (!this.#live || this.#reading) return;
    const again = (): void => {
      this.#reading = undefined;
      setTimeout(() => void this.#read(), 20);
    };
    this.#reading = { detach() {} };
    try {
      const track = await this.session.broadcast(toPath("show")).track("video");
      this.subscribed += 1;
      this.#reading = track.attach({ group: ({ sequence }) => this.#group(sequence), dropped() {}, ended: again, aborted: again });
    } catch {
      again();
    }
  }
  #group(sequence: number): void {
    const now = performance.now();
    if (this.#lastMs > 0) this.longestMs = Math.max(this.longestMs, now - this.#lastMs);
    this.#lastMs = now;
    this.groups.push(sequence);
  }
}
