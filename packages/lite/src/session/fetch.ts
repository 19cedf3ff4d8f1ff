import { LiteError, LiteErrorCode } from "../error.ts";
import { Group } from "../model/group.ts";
import type { BidiStream } from "../transport/transport.ts";
import { encodeMessage } from "../wire/codec.ts";
import { Fetch } from "../wire/fetch.ts";
import { BidiType } from "../wire/stream-type.ts";
import { hasFetch } from "../wire/version.ts";
import type { Context } from "./context.ts";
import { deadline, withSignal } from "./deadline.ts";
import { abandon, isMalformed, toLiteError } from "./errors.ts";
import { receiveFrames } from "./group-receiver.ts";
import { peerError } from "./peer-error.ts";
import { StreamReader } from "./stream-reader.ts";

/**
 * Asks the peer for one group; resolves with its first frame, while the others may still come. The deadline is ours: released peers
 * leave what they do not have unanswered (moq-lite §9.3).
 * @throws LiteError `not_found`, `timeout`, `unsupported` before 05, `transport_closed`.
 */
export async function fetchGroup(context: Context, request: Fetch): Promise<Group> {
  const { transport, clock, limits, version, meter } = context;
  const what = `group ${request.group} of track "${request.track}" of "${request.broadcast}"`;
  if (!hasFetch(version)) throw new LiteError(LiteErrorCode.unsupported, `${version} has no FETCH for ${what}`);
  const limit = deadline(clock, limits.answerMs, { what });
  const group = new Group(request.group);
  try {
    const stream = await transport.openBidi({ priority: request.priority, signal: limit.signal });
    const flow = meter.receiving(request.broadcast, request.track, "fetch");
    stream.send.write(Uint8Array.of(BidiType.fetch), encodeMessage(Fetch, request));
    stream.send.finish();
    void receive(context, stream, { group, flow }); // Ends the group instead of rejecting.
    await withSignal(begun(group), limit.signal);
    return group;
  } catch (cause) {
    const error = peerError(toLiteError(cause), what);
    group.abort(error);
    throw error;
  } finally {
    limit.cancel();
  }
}

async function receive(context: Context, stream: BidiStream, into: Parameters<typeof receiveFrames>[2]): Promise<void> {
  const { group, flow } = into;
  const detach = group.attach({ frame() {}, finished() {}, aborted: (error) => abandon(stream, error) });
  try {
    await receiveFrames(context, new StreamReader(stream.receive), into);
  } catch (cause) {
    const error = toLiteError(cause);
    if (isMalformed(error)) abandon(stream, error);
    group.abort(error);
  } finally {
    flow.close();
    detach();
  }
}

/** Settles when the group has a frame or has ended. */
function begun(group: Group): Promise<void> {
  return new Promise((resolve, reject) => {
    group.attach({ frame: () => resolve(), finished: resolve, aborted: reject });
  });
}
