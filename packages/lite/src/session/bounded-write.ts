import { LiteError, LiteErrorCode } from "../error.ts";
import type { SendStream } from "../transport/transport.ts";
import { WireCode } from "../wire/code.ts";
import type { Context } from "./context.ts";

/** Writes to a control stream; a peer that lets too much pile up there loses its session, as too slow (26): it broke no rule. */
export function boundedWrite({ limits, fail }: Pick<Context, "limits" | "fail">, send: SendStream, bytes: Uint8Array): void {
  send.write(bytes);
  if (send.bufferedBytes <= limits.controlBufferedBytes) return;
  fail(
    new LiteError(
      LiteErrorCode.old,
      `${send.bufferedBytes} bytes wait on a control stream that the peer does not read; the limit is ${limits.controlBufferedBytes}`,
      { wireCode: WireCode.lagged },
    ),
  );
}
