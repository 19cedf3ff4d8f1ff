import { ControlPriority } from "../transport/transport.ts";
import { probe } from "../wire/probe.ts";
import { ProbeLevel } from "../wire/setup.ts";
import { BidiType } from "../wire/stream-type.ts";
import { hasProbe, hasSetupStream } from "../wire/version.ts";
import type { Context } from "./context.ts";
import { isMalformed, isRoutine, toLiteError } from "./errors.ts";
import type { LinkEstimate, PeerSetup } from "./session.ts";
import { StreamReader } from "./stream-reader.ts";

/** Asks the peer what it measures of the link and tells each report, until either side ends it (moq-lite §9.4); never rejects. */
export async function readProbe(context: Context, setup: PeerSetup, told: (estimate: LinkEstimate) => void): Promise<void> {
  const { version, transport } = context;
  const answers = hasProbe(version) && (!hasSetupStream(version) || (setup.probe ?? ProbeLevel.none) >= ProbeLevel.report);
  if (!answers) return;
  try {
    const stream = await transport.openBidi({ priority: ControlPriority });
    stream.send.write(Uint8Array.of(BidiType.probe));
    const reader = new StreamReader(stream.receive);
    const codec = probe(version);
    for (let report = await reader.message(codec); report; report = await reader.message(codec)) {
      const { bitrate, rttMs } = report;
      told({ ...(bitrate === 0 ? {} : { bitrate }), ...(rttMs === 0 ? {} : { rttMs }) });
    }
    stream.send.finish();
  } catch (cause) {
    const error = toLiteError(cause);
    if (isMalformed(error)) context.fail(error);
    else if (!isRoutine(error)) context.meter.error(error, "media");
  }
}
