import { type Counter, type Histogram, type Recorder, sets } from "@moqscope/telemetry";
import type { CodecLabel } from "../../measure/codec-label.ts";
import type { TransportLabel } from "../../measure/transport-label.ts";
import type { GroupOutcome } from "../buffer/group-ledger.ts";

export type Media = "audio" | "video";

/**
 * What is counted with every frame, group and piece of the stream: one counter for each set of attributes, made beforehand, so that
 * counting writes a number and nothing else.
 */
export interface HotCells {
  readonly framesReceived: Readonly<Record<Media, Counter>>;
  readonly framesDecoded: Readonly<Record<CodecLabel, Counter>>;
  readonly framesRendered: Readonly<Record<CodecLabel, Counter>>;
  readonly groups: Readonly<Record<GroupOutcome, Readonly<Record<Media, Counter>>>>;
  readonly bytesReceived: Counter;
  readonly decodeTime: Readonly<Record<CodecLabel, Histogram>>;
  readonly frameInterval: Readonly<Record<CodecLabel, Histogram>>;
}

function each<K extends string, T>(keys: readonly K[], make: (key: K) => T): Readonly<Record<K, T>> {
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<K, T>;
}

/** The cells of a session over this transport. What is not recorded in the end has no series. */
export function hotCells(recorder: Recorder, transport: TransportLabel): HotCells {
  return {
    framesReceived: each(sets.media.values, (media) => recorder.counter("moq.client.frames_received", { media, transport })),
    framesDecoded: each(sets.codec.values, (codec) => recorder.counter("moq.client.frames_decoded", { codec })),
    framesRendered: each(sets.codec.values, (codec) => recorder.counter("moq.client.frames_rendered", { codec })),
    groups: each(sets.groupOutcome.values, (outcome) =>
      each(sets.media.values, (media) => recorder.counter("moq.client.groups", { outcome, media })),
    ),
    bytesReceived: recorder.counter("moq.client.io", { direction: "received", transport }),
    decodeTime: each(sets.codec.values, (codec) => recorder.histogram("moq.client.decode_time", { codec })),
    frameInterval: each(sets.codec.values, (codec) => recorder.histogram("moq.client.frame_interval", { codec })),
  };
}
