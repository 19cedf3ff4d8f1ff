import type { Clock, TransportChoice } from "@moqscope/lite";
import type { Recorder } from "@moqscope/telemetry";
import type { CommonClock, CommonClockOptions } from "../clock/common-clock.ts";
import type { OpenLink } from "./link/link.ts";
import type { PlayerInstruments } from "./measure/instruments.ts";
import type { OpenSound } from "./media/audio-output.ts";
import type { MediaPlatform } from "./media/platform.ts";
import type { Screen } from "./media/screen.ts";
import type { PlayerState } from "./stats.ts";
import type { Visibility } from "./visibility.ts";

/** Something that happened to a player. */
export type PlayerEvent =
  | { readonly kind: "state"; readonly state: PlayerState; readonly from: PlayerState }
  /** `fatal`: playback has ended, state `failed`. Others healed or are tried again. */
  | { readonly kind: "error"; readonly error: unknown; readonly fatal: boolean }
  | { readonly kind: "switch"; readonly from: string; readonly to: string }
  /** A session begins: which transport it has, and why. */
  | { readonly kind: "transport"; readonly choice: TransportChoice }
  /** Something else that controls show: renditions, connection, sound allowed or not. */
  | { readonly kind: "change" };

export interface PlayerOptions {
  /** Relay, such as `http://localhost:4443`. */
  readonly url: string;
  /** Path of the broadcast, such as `demo.hang`. */
  readonly name: string;
  /** Where pictures go; without one only sound is played. `canvasScreen(canvas)` makes one. */
  readonly screen?: Screen;
  /** Told of each event, synchronously, after it took effect. */
  readonly onEvent?: (event: PlayerEvent) => void;
  /** Milliseconds between live edge and picture; default 200, at most 8000. */
  readonly latencyMs?: number;
  readonly muted?: boolean;
  /** 0 to 1. */
  readonly volume?: number;
  /** Name of the video rendition wanted; default by the size of the screen. */
  readonly rendition?: string;
  /** Told every figure; one that is still being loaded may come later and hears what it missed. */
  readonly recorder?: Recorder | Promise<Recorder>;
  /** The gateway's public ingest, whose time service tells the clock in common with publishers; without it there is no latency from the capture. */
  readonly timeUrl?: string;
  readonly sessionId?: string;
  readonly clock?: Clock;
  /** Stand-ins for tests. */
  readonly askTime?: CommonClockOptions["ask"];
  readonly platform?: MediaPlatform;
  readonly openSound?: OpenSound;
  readonly openLink?: OpenLink;
  readonly visibility?: Visibility;
  /** Epoch milliseconds. */
  readonly wallClock?: () => number;
}
/** Milliseconds between live edge and picture unless told otherwise. */
export const defaultLatencyMs = 200;
/** The most that is buffered. */
export const maxLatencyMs = 8000;
/** An attempt that has no picture, and no session to hope for one, fails after this many milliseconds. */
export const giveUpMs = 40_000;

/** What one playback session of a player is made with. */
export interface PlaybackOptions extends PlayerOptions {
  readonly instruments: PlayerInstruments;
  readonly tell: (event: PlayerEvent) => void;
  readonly hidden: boolean;
  readonly latencyMs: number;
  readonly commonClock: CommonClock | undefined;
}
