import type { Sink } from "../wire/sink.ts";

/** FIN and opcode of a whole binary message. */
const finalBinary = 0x82;

/** Puts the header of an unmasked binary message of at most 65535 bytes in front of it (RFC 6455 §5.2). @throws RangeError if it is longer. */
export function frameBinary(message: Sink): void {
  const { length } = message;
  if (length > 0xffff) throw new RangeError(`message of ${length} bytes; the header tells at most 65535`);
  if (length < 126) message.front(length);
  else
    message
      .front(length & 0xff)
      .front(length >> 8)
      .front(126);
  message.front(finalBinary);
}
