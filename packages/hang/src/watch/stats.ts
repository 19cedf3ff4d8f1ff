import type { TransportChoice } from "@moqscope/lite";
import type { RoundTrip } from "../measure/round-trips.ts";
import type { TransportLabel } from "../measure/transport-label.ts";
import type { GroupOutcome } from "./buffer/group-ledger.ts";
import type { FrameDropReason } from "./measure/instruments.ts";
import type { CaptureLatency } from "./timing/capture-latency.ts";
import type { PhaseDurations } from "./timing/startup.ts";

/** What a playback session does now. `paused` is also the state before the first play instruction. */
export type PlayerState = "starting" | "playing" | "rebuffering" | "paused" | "waiting" | "ended" | "failed";
/** What the connection does, for people: the state alone does not tell a slow start from an unreachable relay. */
export type LinkState = "closed" | "connecting" | "retrying" | "connected";

export interface FrameCounts {
  readonly received: number;
  readonly decoded: number;
  readonly rendered: number;
  readonly dropped: Readonly<Record<FrameDropReason, number>>;
}
/** A snapshot of one player; a figure that is not known is absent. Times in milliseconds unless the name says otherwise. */
export interface WatchStats {
  readonly state: PlayerState;
  readonly link: LinkState;
  readonly sessionId: string;
  readonly transport?: TransportLabel;
  /** Why it has this transport; stays known after the session has ended. */
  readonly transportChoice?: TransportChoice;
  /** Smoothed round trip to the relay: as this side measured it, else as the relay told it (PROBE). */
  readonly rtt?: RoundTrip;
  /** What the relay says that its link to here carries, bits per second. */
  readonly bandwidthBps?: number;
  /** Such as `moq-lite-05`. */
  readonly version?: string;
  /** Play instruction to first picture of the last attempt; absent for one that was hidden meanwhile. */
  readonly startupMs?: number;
  /** Its contiguous parts, whose sum it is. */
  readonly phases?: PhaseDurations;
  /** Received media ahead of the playhead. */
  readonly bufferMs: { readonly video?: number; readonly audio?: number };
  /** Newest received timestamp minus the playhead. */
  readonly liveEdgeMs?: number;
  /** Capture to presentation of the newest picture, by the common clock, and by how much that may be wrong. */
  readonly latency?: CaptureLatency;
  /** What was asked for, or more while this machine is too slow for it. */
  readonly latencyTargetMs: number;
  /** Confirmed stalls and the seconds they lasted, an open one included. */
  readonly stalls: { readonly count: number; readonly seconds: number };
  /** Gaps in the picture that count as freezes by the W3C rule, those of stalls included. */
  readonly freezes: { readonly count: number; readonly seconds: number };
  /** By how much sound was ahead when the newest picture was painted, negative if behind; absent unless both play. */
  readonly syncDriftMs?: number;
  readonly switches: number;
  readonly frames: { readonly video: FrameCounts; readonly audio: FrameCounts };
  readonly groups: { readonly video: Readonly<Record<GroupOutcome, number>>; readonly audio: Readonly<Record<GroupOutcome, number>> };
  readonly audio: {
    readonly decodedFrames: number;
    /** RMS of what was played last, 0 to 1; absent while nothing plays. */
    readonly level?: number;
    /** Whether sound is running, muted or not. */
    readonly playing: boolean;
    /** The browser wants a gesture before it lets sound out. */
    readonly blocked: boolean;
  };
  /** Track name of the rendition on screen, and what its catalog says of it. */
  readonly rendition?: string;
  readonly picture?: { readonly width?: number; readonly height?: number; readonly codec: string };
  readonly playSeconds: number;
  /** MoQ payload bytes received. */
  readonly bytesReceived: number;
}
