import { createHash } from "node:crypto";

/** Which end of a session opened a subscription: both number theirs from 0. */
export type Opener = "client" | "server";

/** The id of the span `moq.subscribe`, which both ends compute so that nothing of it is on the wire (tracing.md §1). */
export function subscribeSpanId(traceId: string, opener: Opener, id: bigint): string {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(id);
  const digest = createHash("sha256").update(Buffer.from(traceId, "hex")).update(`subscribe.${opener}`).update(number).digest("hex");
  return digest.slice(0, 16);
}
