import type { Group } from "../model/group.ts";
import { encodeDatagram } from "../wire/datagram.ts";
import { hasDatagrams } from "../wire/version.ts";
import type { Context } from "./context.ts";
import type { FlowMeter } from "./meter.ts";

/**
 * Sends a group of one frame as a datagram, where the version and the transport have them; never as a stream instead (moq-lite §9.6,
 * relay-behaviour §5). Tells whether it was handed over, and the meter either way.
 */
export function sendDatagram(
  { transport: { datagrams }, version }: Context,
  { subscribe, group, cached }: { readonly subscribe: bigint; readonly group: Group; readonly cached: boolean },
  flow: FlowMeter,
): boolean {
  const [frame] = group.frames;
  if (!frame) return false;
  const timestamp = Math.round(frame.timestamp);
  const may = datagrams && hasDatagrams(version) && Number.isSafeInteger(timestamp) && timestamp >= 0;
  const bytes = may ? encodeDatagram({ subscribe, sequence: group.sequence, timestamp, payload: frame.payload }) : undefined;
  const sent = bytes !== undefined && datagrams !== undefined && bytes.byteLength <= datagrams.maxBytes && datagrams.send(bytes);
  flow.datagram(sent ? "ok" : "dropped");
  if (!sent) return false;
  if (!cached) flow.forwarded(frame);
  flow.frame(frame, !cached);
  flow.group();
  return true;
}
