import type { Group, Track, TrackInfo } from "@moqscope/lite";
import { LegacyFrame } from "../container/legacy.ts";
import { HangError, HangErrorCode } from "../error.ts";
import type { MediaAccounts } from "./measure/media-accounts.ts";

/** TRACK_INFO of media (hang draft § Container): 30 s is how far back a fetch may reach, no delivery delay. */
export const mediaTrackInfo: TrackInfo = { priority: 0, ordered: false, maxLatencyMs: 30_000, timescale: 1_000_000 };

/** One encoded frame to publish. */
export interface EncodedFrame {
  /** Microseconds; the zero is arbitrary and shared by all tracks of the broadcast. */
  readonly timestampUs: number;
  readonly payload: Uint8Array;
  /** Whether it decodes alone. Audio frames always do. */
  readonly keyframe: boolean;
}
/** Where a new group begins: at every keyframe (one GOP a group), or at every frame (sound, as released publishers do). */
export type Grouping = "keyframe" | "frame";

/** A track of encoded media: frames in, groups out. */
export class MediaTrack {
  readonly track: Track;
  readonly #grouping: Grouping;
  readonly #accounts: MediaAccounts | undefined;
  #group: Group | undefined;
  #frames = 0;
  #groups = 0;
  #bytes = 0;
  constructor(track: Track, grouping: Grouping, accounts?: MediaAccounts) {
    this.track = track;
    this.#grouping = grouping;
    this.#accounts = accounts;
  }
  get name(): string {
    return this.track.name;
  }
  /** Frames, groups and payload bytes written so far. */
  get written(): { readonly frames: number; readonly groups: number; readonly bytes: number } {
    return { frames: this.#frames, groups: this.#groups, bytes: this.#bytes };
  }
  /**
   * Appends one frame; the payload is copied.
   * @throws HangError `publish_invalid` if a track begins without a keyframe, `container_invalid` on a timestamp that is no integer ≥ 0.
   */
  write(frame: EncodedFrame): void {
    const payload = LegacyFrame.encode(frame);
    const group = this.#groupFor(frame);
    group.append({ timestamp: frame.timestampUs, payload });
    this.#frames++;
    this.#bytes += frame.payload.byteLength;
    this.#accounts?.frame(frame.payload.byteLength, frame);
    if (this.#grouping === "frame") this.#end();
  }
  /** Ends the open group and the track. May be called twice. */
  close(): void {
    this.#end();
    this.track.finish();
  }
  #groupFor({ keyframe, timestampUs }: EncodedFrame): Group {
    if (this.#group && !keyframe) return this.#group;
    if (!keyframe)
      throw new HangError(
        HangErrorCode.publishInvalid,
        `track "${this.name}" must begin with a keyframe; the frame at ${timestampUs} µs is none`,
      );
    this.#end();
    this.#groups++;
    this.#group = this.track.createGroup();
    return this.#group;
  }
  #end(): void {
    if (this.#group) this.#accounts?.groupEnded();
    this.#group?.finish();
    this.#group = undefined;
  }
}
