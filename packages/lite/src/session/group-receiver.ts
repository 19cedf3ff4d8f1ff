import { LiteError, LiteErrorCode } from "../error.ts";
import type { Group } from "../model/group.ts";
import { WireCode } from "../wire/code.ts";
import { fromZigzag } from "../wire/varint.ts";
import { hasFrameTimestamps } from "../wire/version.ts";
import type { Context } from "./context.ts";
import type { FlowMeter } from "./meter.ts";
import type { StreamReader } from "./stream-reader.ts";

/**
 * Reads the frames of a group until FIN and finishes it.
 * @throws LiteError what ended the stream early; the group is then still open.
 */
export async function receiveFrames(
  context: Context,
  reader: StreamReader,
  into: { readonly group: Group; readonly flow: FlowMeter },
): Promise<void> {
  const { limits, clock } = context;
  const { group, flow } = into;
  let timestamp = 0;
  const timed = hasFrameTimestamps(context.version);
  for (let head = await reader.varint(); head !== undefined; head = reader.tryVarint() ?? (await reader.varint())) {
    const size = timed ? (reader.tryVarint() ?? (await reader.varint())) : head;
    if (size === undefined) throw new LiteError(LiteErrorCode.decode, "stream ended inside a frame header");
    if (size > limits.frameBytes) throw tooLarge(`frame of ${size} bytes; the limit is ${limits.frameBytes}`);
    if (group.byteLength + size > limits.groupBytes) throw tooLarge(`group ${group.sequence} is above ${limits.groupBytes} bytes`);
    if (group.frames.length >= limits.groupFrames) throw tooLarge(`group ${group.sequence} has more than ${limits.groupFrames} frames`);
    // Without a timestamp, its arrival in the default timescale: milliseconds.
    timestamp = timed ? timestamp + fromZigzag(head) : Math.floor(clock.now());
    if (!Number.isSafeInteger(timestamp)) throw tooLarge(`timestamp ${timestamp} is above 2^53 - 1`);
    const startedMs = clock.now();
    const payload = await reader.bytes(size);
    if (group.state.kind !== "open") return;
    const frame = { timestamp, payload, receivedMs: clock.now(), startedMs };
    group.append(frame);
    flow.frame(frame, true);
  }
  if (group.state.kind !== "open") return;
  group.finish();
  flow.group();
}

function tooLarge(message: string): LiteError {
  return new LiteError(LiteErrorCode.boundsExceeded, message, { wireCode: WireCode.frameTooLarge });
}
