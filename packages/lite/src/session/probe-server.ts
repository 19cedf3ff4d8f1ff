import type { BidiStream } from "../transport/transport.ts";
import { encodeMessage } from "../wire/codec.ts";
import { probe } from "../wire/probe.ts";
import { hasProbeRtt } from "../wire/version.ts";
import { boundedWrite } from "./bounded-write.ts";
import type { Context } from "./context.ts";
import type { StreamReader } from "./stream-reader.ts";

const pollMs = 100;
const refreshMs = 10_000;
/** Relative change that is worth a report at once. */
const worthTelling = 0.25;

/** Reports the round trip on a Probe stream while the peer listens (moq-lite §9.4); ends it at once where none is measured or told. */
export async function serveProbe(context: Context, stream: BidiStream, reader: StreamReader): Promise<void> {
  let toldMs: number | undefined;
  let toldAt = 0;
  let cancel = (): void => {};
  const look = (): void => {
    cancel = context.clock.after(pollMs, look);
    const rtt = context.transport.stats().rtt;
    const now = context.clock.now();
    if (!rtt) return;
    const changed = toldMs === undefined || Math.abs(rtt.ms - toldMs) >= toldMs * worthTelling || now - toldAt >= refreshMs;
    if (!changed) return;
    toldMs = rtt.ms;
    toldAt = now;
    boundedWrite(context, stream.send, encodeMessage(probe(context.version), { bitrate: 0, rttMs: Math.max(1, Math.round(rtt.ms)) }));
  };
  if (!context.transport.measuresRtt || !hasProbeRtt(context.version)) {
    stream.send.finish();
    return stream.receive.stop(0);
  }
  look();
  try {
    await reader.drain();
    stream.send.finish();
  } finally {
    cancel();
  }
}
