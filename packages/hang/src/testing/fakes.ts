import { type Broadcast, type Clock, type LinkEstimate, type LinkStats, type Session, toPath } from "@moqscope/lite";
import { type MemoryRecorder, memoryRecorder } from "@moqscope/telemetry/testing";
import type { MediaTrack } from "../publish/media-track.ts";
import { HangPublisher } from "../publish/publisher.ts";
import type { LinkEvents, OpenLink } from "../watch/link/link.ts";
import type { SoundOutput } from "../watch/media/audio-output.ts";
import type { ChunkInit, DecoderCallbacks, DecoderLike, MediaPlatform, Picture, Sound } from "../watch/media/platform.ts";
import type { PlayerEvent, PlayerOptions } from "../watch/options.ts";
import { Player } from "../watch/player.ts";
import { StepClock } from "./step-clock.ts";

/** Decoders that give each chunk back in the next microtask; `hold` keeps them from doing so. */
export class FakePlatform implements MediaPlatform {
  open = 0;
  hold = false;
  /** When a picture leaves its decoder. */
  deliver: (run: () => void) => void = queueMicrotask;
  refuse: (codec: string) => boolean = () => false;
  readonly pictures = new Set<Picture>();
  supportsVideo = ({ codec }: VideoDecoderConfig): Promise<boolean> => Promise.resolve(!this.refuse(codec));
  supportsAudio = ({ codec }: AudioDecoderConfig): Promise<boolean> => Promise.resolve(!this.refuse(codec));
  videoDecoder = (callbacks: DecoderCallbacks<Picture>): DecoderLike<VideoDecoderConfig, ChunkInit> =>
    this.#decoder(
      callbacks,
      (run) => this.deliver(run),
      ({ timestamp, data }) => {
        const picture = { timestamp, displayWidth: data[0] ?? 0, displayHeight: 9, close: () => void this.pictures.delete(picture) };
        this.pictures.add(picture);
        return picture;
      },
    );
  audioDecoder = (callbacks: DecoderCallbacks<Sound>): DecoderLike<AudioDecoderConfig, ChunkInit> =>
    this.#decoder(callbacks, queueMicrotask, ({ timestamp }) => ({
      timestamp,
      numberOfFrames: 960,
      numberOfChannels: 2,
      sampleRate: 48_000,
      copyTo: () => {},
      close: () => {},
    }));
  #decoder<C, O>(
    callbacks: DecoderCallbacks<O>,
    deliver: (run: () => void) => void,
    make: (chunk: ChunkInit) => O,
  ): DecoderLike<C, ChunkInit> {
    let state: "unconfigured" | "configured" | "closed" = "unconfigured";
    this.open++;
    const held = () => this.hold;
    const closed = () => void this.open--;
    return {
      get state() {
        return state;
      },
      decodeQueueSize: 0,
      configure: () => {
        state = "configured";
      },
      decode: (chunk) => {
        if (!held()) deliver(() => state === "configured" && callbacks.output(make(chunk)));
      },
      close: () => {
        state = "closed";
        closed();
      },
    };
  }
}
/** A connection whose events a test gives itself. */
export class FakeLink {
  events: LinkEvents | undefined;
  opened = 0;
  closed = 0;
  /** What the session knows of its link: by PROBE, and of its own. */
  estimate: LinkEstimate = {};
  stats: LinkStats = {};
  readonly session = this.#session();
  #session(): Session {
    const told = (): LinkEstimate => this.estimate;
    const transport = { kind: "websocket", stats: () => this.stats };
    return {
      version: "moq-lite-05",
      transport,
      get link() {
        return told();
      },
    } as unknown as Session;
  }
  readonly open: OpenLink = ({ events }) => {
    this.events = events;
    this.opened++;
    return { close: () => void this.closed++ };
  };
  connect(): void {
    this.events?.connecting(0);
    this.events?.phase("resolve", 1);
    this.events?.phase("certificate", 7);
    this.events?.phase("connect", 3);
    this.events?.phase("setup", 2);
    this.events?.attempted({ transport: "websocket", result: "ok", elapsedMs: 5 });
    this.events?.connected(this.session);
  }
  online(broadcast: Broadcast): void {
    this.events?.online(broadcast);
  }
}
/** A sound output without a sound card. */
export const fakeSound: SoundOutput = {
  source: () => undefined,
  blocked: false,
  level: undefined,
  heardUs: () => undefined,
  takeConcealedMs: () => 0,
  push() {},
  flush() {},
  anchor() {},
  hold() {},
  clear() {},
  gain() {},
  unblock() {},
  close() {},
};

export const frameMs = 40;
export const gopFrames = 25;

/** A publisher that writes 25 pictures a second, a group a second, sound if asked for, and can be told to stand still. */
export class FakeBroadcaster {
  readonly publisher: HangPublisher;
  readonly #clock: Clock;
  readonly #tracks: {
    readonly write: (frame: { timestampUs: number; payload: Uint8Array; keyframe: boolean }) => void;
    readonly id: number;
  }[];
  #sound: MediaTrack | undefined;
  #frame = 0;
  #nextMs = 0;
  #gapUs = 0;
  #stopped = false;
  constructor(clock: Clock, { names = ["sd", "hd"], sound = false }: { names?: readonly string[]; sound?: boolean } = {}) {
    this.#clock = clock;
    this.publisher = new HangPublisher({ clock });
    this.#tracks = names.map((name, index) => {
      const scale = index + 1;
      const config = { codec: "vp8", codedWidth: 640 * scale, codedHeight: 360 * scale, framerate: 1000 / frameMs, bitrate: 1000 * scale };
      const media = this.publisher.addVideo(name, config);
      return { write: (frame) => media.write(frame), id: scale };
    });
    if (sound) this.#sound = this.publisher.addAudio("sound", { codec: "opus", sampleRate: 48_000, numberOfChannels: 2 });
    this.#nextMs = clock.now();
    this.#step();
  }
  get broadcast(): Broadcast {
    return this.publisher.broadcast;
  }
  /** Says nothing for so long; media time goes on if `live`, or stands still with it. */
  pause(forMs: number, live: boolean): void {
    this.#stopped = true;
    if (live) this.#gapUs += forMs * 1000;
    this.#clock.after(forMs + frameMs, () => {
      this.#stopped = false;
      this.#nextMs = this.#clock.now();
      this.#step();
    });
  }
  stop(): void {
    this.#stopped = true;
  }
  #step(): void {
    if (this.#stopped) return;
    const keyframe = this.#frame % gopFrames === 0;
    const timestampUs = this.#frame * frameMs * 1000 + this.#gapUs;
    for (const { write, id } of this.#tracks) write({ timestampUs, keyframe, payload: Uint8Array.of(id) });
    for (const behindUs of [0, 20_000])
      this.#sound?.write({ timestampUs: timestampUs + behindUs, keyframe: true, payload: Uint8Array.of(1) });
    this.#frame++;
    this.#nextMs += frameMs;
    this.#clock.after(Math.max(0, this.#nextMs - this.#clock.now()), () => this.#step());
  }
}

/** A player and everything around it. */
export interface PlayerRig {
  readonly clock: StepClock;
  readonly platform: FakePlatform;
  readonly link: FakeLink;
  readonly recorder: MemoryRecorder;
  readonly events: readonly PlayerEvent[];
  readonly painted: readonly { readonly atMs: number; readonly timestampUs: number; readonly id: number }[];
  readonly player: Player;
  hide(hidden: boolean): void;
}
/** A player in a room without time, network or screen. */
export function playerRig(options: Partial<PlayerOptions> = {}): PlayerRig {
  const clock = new StepClock();
  const platform = new FakePlatform();
  const link = new FakeLink();
  const recorder = memoryRecorder();
  const events: PlayerEvent[] = [];
  const painted: { atMs: number; timestampUs: number; id: number }[] = [];
  let hidden = false;
  let listener: (hidden: boolean) => void = () => {};
  const player = new Player({
    url: "http://relay.test",
    name: toPath("demo.hang"),
    clock,
    platform,
    recorder,
    openLink: link.open,
    openSound: () => fakeSound,
    wallClock: () => 1_700_000_000_000 + clock.now(),
    onEvent: (event) => void events.push(event),
    screen: {
      paint: ({ timestamp, displayWidth }) => void painted.push({ atMs: clock.now(), timestampUs: timestamp, id: displayWidth }),
      beforeRefresh: (callback) => clock.after(10, callback),
      heightPx: () => 360,
    },
    visibility: {
      get hidden() {
        return hidden;
      },
      watch(tell) {
        listener = tell;
        return () => {
          listener = () => {};
        };
      },
    },
    ...options,
  });
  const hide = (value: boolean) => {
    hidden = value;
    listener(value);
  };
  return { clock, platform, link, recorder, events, painted, player, hide };
}
