import type { AudioConfig } from "../../catalog/types.ts";
import type { Playhead } from "../timing/playhead.ts";
import { Timebase, type TimeSource } from "../timing/timebase.ts";
import type { OpenSound, SoundOutput } from "./audio-output.ts";

/** A quarter of the latency may be the sound card's, up to this. */
const maxBufferMs = 50;

/** Holds the sound output and lets time follow the sound card while it runs, so that picture follows sound. */
export class SoundDesk {
  readonly timebase: Timebase;
  readonly #system: TimeSource;
  readonly #open: OpenSound;
  readonly #changed: () => void;
  #output: SoundOutput | undefined;
  #rate = 0;
  #gain = 1;
  readonly #bufferMs: number;
  constructor(options: {
    readonly system: TimeSource;
    readonly open: OpenSound;
    readonly latencyMs: number;
    readonly changed: () => void;
  }) {
    this.#bufferMs = Math.min(maxBufferMs, options.latencyMs / 4);
    this.#system = options.system;
    this.#open = options.open;
    this.#changed = options.changed;
    this.timebase = new Timebase(options.system);
  }
  get output(): SoundOutput | undefined {
    return this.#output;
  }
  /** Makes the output fit this rendition. */
  prepare({ sampleRate, numberOfChannels }: AudioConfig): void {
    if (this.#output && this.#rate === sampleRate) return;
    this.close();
    this.#output = this.#open({ sampleRate, channels: numberOfChannels, bufferMs: this.#bufferMs, changed: this.#changed });
    this.#rate = sampleRate;
    this.#output.gain(this.#gain);
  }
  gain(value: number): void {
    this.#gain = value;
    this.#output?.gain(value);
  }
  /** Takes the sound card's time when it runs and the machine's when it does not. */
  follow(playhead: Playhead): void {
    const before = this.timebase.source;
    this.timebase.use(this.#output?.source() ?? this.#system);
    if (before !== this.timebase.source) this.anchor(playhead);
  }
  /** Tells the sound card what the playhead presents now. */
  anchor(playhead: Playhead): void {
    const position = playhead.positionUs;
    if (!this.#output || position === undefined || !playhead.running || this.timebase.source === this.#system) return;
    this.#output.anchor(position, this.timebase.toSource(this.timebase.now()));
  }
  close(): void {
    this.timebase.use(this.#system);
    this.#output?.close();
    this.#output = undefined;
  }
}
