import type { BidiStream, Transport } from "../transport/transport.ts";
import { encodeMessage } from "../wire/codec.ts";
import { probe } from "../wire/probe.ts";
import { hasProbeRtt } from "../wire/version.ts";
import { boundedWrite } from "./bounded-write.ts";
import type { Context } from "./context.ts";
import { DeliveryRate } from "./delivery-rate.ts";
import type { StreamReader } from "./stream-reader.ts";

const pollMs = 100;
const refreshMs = 10_000;
/** Relative change that is worth a report at once; for the rate it shrinks to nothing within `refreshMs`. */
const worthTelling = 0.25;

interface Known {
  readonly bitrate: number | undefined;
  readonly rttMs: number | undefined;
}

/** Whether a Probe stream towards us is worth opening: what the link is like is measured here, not only guessed from a full queue. */
export function answersProbe(transport: Transport): boolean {
  return transport.measuresRtt || transport.stats().sendRateBps !== undefined;
}

/**
 * Reports on a Probe stream, while the peer listens, what is known of the link from here to it: round trip (from 04) and rate
 * (moq-lite §9.4). Where nothing is measured the stream ends at once.
 */
export async function serveProbe(context: Context, stream: BidiStream, reader: StreamReader): Promise<void> {
  if (!answersProbe(context.transport)) {
    stream.send.finish();
    return stream.receive.stop(0);
  }
  const report = new Report(context, stream);
  report.look();
  try {
    await reader.drain();
    stream.send.finish();
  } finally {
    report.stop();
  }
}

/** What was told last, and when it is worth telling again. */
class Report {
  readonly #context: Context;
  readonly #stream: BidiStream;
  readonly #rate: DeliveryRate;
  #told: (Known & { readonly atMs: number }) | undefined;
  #cancel = (): void => {};
  constructor(context: Context, stream: BidiStream) {
    const { socketBufferedBytes, recordBytes } = context.limits;
    this.#context = context;
    this.#stream = stream;
    this.#rate = new DeliveryRate(socketBufferedBytes + recordBytes);
  }
  look(): void {
    const { clock, transport, version } = this.#context;
    this.#cancel = clock.after(pollMs, () => this.look());
    const stats = transport.stats();
    const known = { bitrate: this.#rate.look(clock.now(), stats), rttMs: hasProbeRtt(version) ? stats.rtt?.ms : undefined };
    if (this.#isNews(known, clock.now())) this.#tell(known, clock.now());
  }
  stop(): void {
    this.#cancel();
  }
  #isNews({ bitrate, rttMs }: Known, atMs: number): boolean {
    const told = this.#told ?? { bitrate: undefined, rttMs: undefined, atMs };
    const ageMs = atMs - told.atMs;
    const share = Math.max(0, 1 - ageMs / refreshMs);
    if (moved(told.bitrate, bitrate, worthTelling * share) || moved(told.rttMs, rttMs, worthTelling)) return true;
    return ageMs >= refreshMs && (bitrate !== undefined || rttMs !== undefined);
  }
  /** 0 is unknown on the wire, so what is measured is at least 1. */
  #tell(known: Known, atMs: number): void {
    this.#told = { ...known, atMs };
    const [bitrate = 0, rttMs = 0] = [known.bitrate, known.rttMs].map((value) => value && Math.max(1, Math.round(value)));
    boundedWrite(this.#context, this.#stream.send, encodeMessage(probe(this.#context.version), { bitrate, rttMs }));
  }
}

/** Whether a value came, went, or changed by at least this share. */
function moved(before: number | undefined, now: number | undefined, share: number): boolean {
  if (before === undefined || now === undefined) return before !== now;
  return before !== now && Math.abs(now - before) >= before * share;
}
