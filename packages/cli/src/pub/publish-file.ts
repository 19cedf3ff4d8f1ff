import { fileURLToPath } from "node:url";
import { type ClockEstimate, CommonClock, HangPublisher, LinkAccounts, type MediaTrack } from "@moqscope/hang";
import { type Broadcast, type Clock, type ConnectionStatus, Origin, type Session, systemClock, toPath } from "@moqscope/lite";
import { type Recorder, silentRecorder } from "@moqscope/telemetry";
import type { TransportName } from "../dial.ts";
import { type Connect, openLink } from "../link.ts";
import { type MediaFile, openMedia, type SkippedTrack, type SourceTrack } from "../media/media-file.ts";
import { interleave } from "../media/packet.ts";
import { Pacer, sleep } from "./pacer.ts";

/** The file that is meant by the word `sample`: 30 s that loop (docs/sample.md). */
export const samplePath: string = fileURLToPath(new URL("../../media/sample.webm", import.meta.url));

/** A change of state of a publisher. */
export type PublishStatus =
  | {
      readonly kind: "opened";
      /** What will be published, to be read in this process. */
      readonly broadcast: Broadcast;
      readonly tracks: readonly SourceTrack[];
      readonly skipped: readonly SkippedTrack[];
      readonly periodUs: number;
    }
  | { readonly kind: "connection"; readonly status: ConnectionStatus }
  /** Media flows from here on. */
  | { readonly kind: "live" }
  /** The machine slept or the disk was slow: media goes on from now, not faster. */
  | { readonly kind: "paused"; readonly pauseMs: number }
  | { readonly kind: "ended"; readonly summary: PublishSummary };

export interface PublishOptions {
  /** Path of an MP4 or WebM file, or `sample`. */
  readonly file: string;
  /** Address of the relay, such as `http://localhost:4443`. */
  readonly url: string;
  /** Path of the broadcast, usually ending in `.hang`. */
  readonly broadcast: string;
  /** The gateway whose time service tells the clock in common with viewers; without it they know no latency from the capture. */
  readonly timeUrl?: string;
  /** Begin again at the end, with timestamps that keep rising. */
  readonly loop?: boolean;
  /** Milliseconds that the first connect may take; default 10 000. */
  readonly connectTimeoutMs?: number;
  readonly onStatus?: (status: PublishStatus) => void;
  /** Told every figure of the publisher (metrics.md § Publisher). */
  readonly recorder?: Recorder;
  /** Default `auto`: WebTransport where `@moqscope/quic` is there, with WebSocket behind it. */
  readonly transport?: TransportName;
  /** How a session is made instead. */
  readonly connect?: Connect;
  readonly clock?: Clock;
  /** Ends the broadcast; the promise then resolves as at the end of the file. */
  readonly signal?: AbortSignal;
}
export interface PublishedTrack {
  readonly name: string;
  readonly groups: number;
  readonly frames: number;
  /** Bytes of those frames as relays count them: the container's timestamps included. */
  readonly bytes: number;
}
/** What was published in all; group sequences of a track run from 0 to `groups` - 1. */
export interface PublishSummary {
  readonly tracks: readonly PublishedTrack[];
  readonly skipped: readonly SkippedTrack[];
}

/** How long the last frames may take to leave at the end. */
const drainMs = 5000;

/**
 * Publishes a media file in real time as a hang broadcast until it ends or the signal fires. A lost connection is made again;
 * the broadcast goes on meanwhile, as a live source does.
 * @throws CliError `file_not_found`, `not_media`, `unreachable` (first connect only) or `usage` (address).
 */
export async function publishFile(options: PublishOptions): Promise<PublishSummary> {
  const clock = options.clock ?? systemClock;
  const media = await openMedia(options.file === "sample" ? samplePath : options.file);
  const recorder = options.recorder ?? silentRecorder;
  const accounts = new LinkAccounts({ recorder, broadcast: options.broadcast, clock });
  const publisher = new HangPublisher({ ...(media.picture ? { video: media.picture } : {}), clock, recorder });
  const origin = new Origin();
  const sizes = new Map<string, number>();
  try {
    const outputs = media.tracks.map((track) =>
      track.kind === "video" ? publisher.addVideo(track.name, track.config) : publisher.addAudio(track.name, track.config),
    );
    const { broadcast } = publisher;
    options.onStatus?.({ kind: "opened", broadcast, tracks: media.tracks, skipped: media.skipped, periodUs: media.periodUs });
    const link = openLink({
      ...options,
      publish: origin,
      meter: accounts.meter,
      onAttempt: (attempt) => accounts.attempted(attempt),
      onStatus: (status) => {
        accounts.status(status);
        options.onStatus?.({ kind: "connection", status });
      },
    });
    try {
      const unpublish = origin.publish(toPath(options.broadcast), publisher.broadcast);
      await orAborted(link.first, options.signal);
      if (!options.signal?.aborted) await send({ media, publisher, accounts, outputs, sizes, clock, options });
      publisher.close();
      await drained(link.current, clock);
      unpublish();
      await drained(link.current, clock);
    } finally {
      link.close();
    }
    const tracks = outputs.map(({ name, written }) => ({ name, ...written, bytes: sizes.get(name) ?? 0 }));
    const summary = { tracks, skipped: media.skipped };
    options.onStatus?.({ kind: "ended", summary });
    return summary;
  } catch (error) {
    accounts.failed(error, true);
    throw error;
  } finally {
    accounts.close();
    publisher.close();
    media.close();
  }
}

interface Sending {
  readonly media: MediaFile;
  readonly publisher: HangPublisher;
  readonly accounts: LinkAccounts;
  readonly outputs: readonly MediaTrack[];
  /** Bytes of frames per track, container included. */
  readonly sizes: Map<string, number>;
  readonly clock: Clock;
  readonly options: PublishOptions;
}
async function send({ media, publisher, accounts, outputs, sizes, clock, options }: Sending): Promise<void> {
  const { signal, onStatus, timeUrl } = options;
  const pacer = new Pacer(clock, (pauseMs) => {
    onStatus?.({ kind: "paused", pauseMs });
    tellCaptureTimes();
  });
  // A file is captured when it is due.
  const tellCaptureTimes = (): void => {
    const zero = pacer.startMs === undefined ? undefined : common?.zero(pacer.startMs);
    if (zero) publisher.captureClock = { epochUs: zero.epochMs * 1000, uncertaintyUs: zero.uncertaintyMs * 1000 };
  };
  const onEstimate = (estimate: ClockEstimate): void => {
    accounts.clockEstimated(estimate);
    tellCaptureTimes();
  };
  const common = timeUrl === undefined ? undefined : new CommonClock({ url: timeUrl, clock, onEstimate });
  onStatus?.({ kind: "live" });
  const packets = interleave(media.tracks.map((track) => track.packets(options.loop ?? false)));
  try {
    for await (const { index, packet } of packets) {
      await pacer.until(packet.sendUs, signal);
      if (!publisher.captureClock) tellCaptureTimes();
      const output = outputs[index];
      if (!output) continue;
      const timestampUs = Math.round(packet.timestampUs);
      output.write({ timestampUs, keyframe: packet.keyframe, payload: packet.payload });
      sizes.set(output.name, (sizes.get(output.name) ?? 0) + timestampBytes(timestampUs) + packet.payload.byteLength);
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    common?.close();
  }
}
/** Length of the timestamp that the legacy container puts before a frame: a varint of RFC 9000 §16. */
function timestampBytes(timestampUs: number): number {
  if (timestampUs < 2 ** 6) return 1;
  if (timestampUs < 2 ** 14) return 2;
  return timestampUs < 2 ** 30 ? 4 : 8;
}
async function orAborted(first: Promise<Session>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return void (await first);
  const aborted = Promise.withResolvers<void>();
  const abort = () => aborted.resolve();
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  await Promise.race([first, aborted.promise]);
  signal.removeEventListener("abort", abort);
}
/** Waits until what was written has left this process. */
async function drained(session: Session | undefined, clock: Clock): Promise<void> {
  const endMs = clock.now() + drainMs;
  do await sleep(clock, 20);
  while (session && session.transport.stats().bufferedBytes > 0 && clock.now() < endMs);
}
