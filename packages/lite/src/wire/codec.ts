import { Cursor } from "./cursor.ts";
import { Sink } from "./sink.ts";

/** Both directions of one message body, without its length prefix. */
export interface Codec<T> {
  encode(sink: Sink, message: T): void;
  decode(cursor: Cursor): T;
}

/** The message as it stands on a stream: an optional type number, the body's length, the body (moq-lite §3). */
export function encodeMessage<T>(codec: Codec<T>, message: T, type?: number): Uint8Array {
  const body = new Sink();
  codec.encode(body, message);
  const whole = new Sink(body.length + 10);
  if (type !== undefined) whole.varint(type);
  return whole.varint(body.length).bytes(body.finish()).finish();
}

/**
 * Decodes a body that must be consumed exactly.
 * @throws LiteError `decode` or `bounds_exceeded`.
 */
export function decodeBody<T>(codec: Codec<T>, body: Uint8Array): T {
  const cursor = new Cursor(body);
  const message = codec.decode(cursor);
  cursor.end();
  return message;
}
