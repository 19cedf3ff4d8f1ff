import { type BidiStream, ControlPriority } from "../transport/transport.ts";
import { encodeMessage } from "../wire/codec.ts";
import { Goaway } from "../wire/goaway.ts";
import { BidiType } from "../wire/stream-type.ts";
import { hasGoaway } from "../wire/version.ts";
import type { Context } from "./context.ts";
import type { StreamReader } from "./stream-reader.ts";

/** Tells of a peer that asks us to reconnect; the stream stays open until it ends it (moq-lite §9.5). */
export async function readGoaway(context: Context, stream: BidiStream, reader: StreamReader, told?: (uri: string) => void): Promise<void> {
  const { uri } = await reader.expect(Goaway);
  context.meter.goaway("received");
  told?.(uri);
  await reader.drain();
  stream.send.finish();
}

/** Asks the peer to reconnect, where the version can; never rejects. The stream stays open as long as the session. */
export async function sendGoaway(context: Context, uri: string): Promise<void> {
  try {
    await context.negotiated;
    if (!hasGoaway(context.version)) return;
    const stream = await context.transport.openBidi({ priority: ControlPriority });
    stream.send.write(Uint8Array.of(BidiType.goaway), encodeMessage(Goaway, { uri }));
    context.meter.goaway("sent");
  } catch {
    // The session is over: there is nobody left to ask.
  }
}
