import { HangPublisher, type MediaTrack } from "@moqscope/hang";
import { type Encoded, encodeTone, encodeVideo, framesPerSecond } from "./encode.ts";

const toneMs = 20;

/** Publishes a coloured picture in two sizes and a tone, in real time, and can be told to fall silent. */
export class Broadcaster {
  readonly publisher = new HangPublisher();
  readonly #loops: { readonly media: MediaTrack; readonly frames: readonly Encoded[]; readonly intervalMs: number; next: number }[];
  readonly #timer: ReturnType<typeof setInterval>;
  #startMs = performance.now();
  #silentUntilMs = 0;
  #pictureMs = 0;
  #spoken: (() => void) | undefined;
  /** Frames of sound that are still to be left out. */
  #hushed = 0;
  private constructor(loops: { media: MediaTrack; frames: readonly Encoded[]; intervalMs: number }[]) {
    this.#loops = loops.map((loop) => ({ ...loop, next: 0 }));
    this.#timer = setInterval(() => this.#step(), 5);
  }
  static async start(): Promise<Broadcaster> {
    const [hd, sd, tone] = await Promise.all([encodeVideo(640, 360, "#c00"), encodeVideo(320, 180, "#00c"), encodeTone()]);
    const made: Broadcaster = new Broadcaster([]);
    const video = { codec: "vp09.00.30.08", framerate: framesPerSecond, jitter: 40 };
    const intervalMs = 1000 / framesPerSecond;
    const { publisher } = made;
    made.#loops.push(
      {
        media: publisher.addVideo("hd", { ...video, codedWidth: 640, codedHeight: 360, bitrate: 400_000 }),
        frames: hd,
        intervalMs,
        next: 0,
      },
      {
        media: publisher.addVideo("sd", { ...video, codedWidth: 320, codedHeight: 180, bitrate: 100_000 }),
        frames: sd,
        intervalMs,
        next: 0,
      },
      {
        media: publisher.addAudio("tone", { codec: "opus", sampleRate: 48_000, numberOfChannels: 1, jitter: 20 }),
        frames: tone,
        intervalMs: toneMs,
        next: 0,
      },
    );
    made.#startMs = performance.now();
    return made;
  }
  /** Nothing is published for so long; media time stands still with it. Tells how long it was, beyond the usual interval. */
  fallSilent(forMs: number): Promise<number> {
    this.#silentUntilMs = performance.now() + forMs;
    this.#startMs += forMs;
    const lastMs = this.#pictureMs;
    return new Promise((resolve) => {
      this.#spoken = () => resolve(this.#pictureMs - lastMs - 1000 / framesPerSecond);
    });
  }
  /** Leaves out so much sound, while the picture goes on. */
  hush(forMs: number): void {
    this.#hushed = Math.round(forMs / toneMs);
  }
  stop(): void {
    clearInterval(this.#timer);
    this.publisher.close();
  }
  #step(): void {
    const now = performance.now();
    if (now < this.#silentUntilMs) return;
    const before = this.#pictureMs;
    for (const loop of this.#loops)
      for (; this.#startMs + loop.next * loop.intervalMs <= now; loop.next++) {
        const frame = loop.frames[loop.next % loop.frames.length];
        if (loop === this.#loops[0]) this.#pictureMs = now;
        if (loop === this.#loops[2] && this.#hushed > 0) this.#hushed--;
        else if (frame) loop.media.write({ ...frame, timestampUs: Math.round(loop.next * loop.intervalMs * 1000) });
      }
    if (this.#pictureMs > before) this.#tellSpoken();
  }
  #tellSpoken(): void {
    this.#spoken?.();
    this.#spoken = undefined;
  }
}
