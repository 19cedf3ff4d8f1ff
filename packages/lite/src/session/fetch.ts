import { LiteError, LiteErrorCode } from "../error.ts";
import { Group } from "../model/group.ts";
import { type BidiStream, ControlPriority } from "../transport/transport.ts";
import { encodeMessage } from "../wire/codec.ts";
import { Fetch } from "../wire/fetch.ts";
import { BidiType } from "../wire/stream-type.ts";
import { hasFetch } from "../wire/version.ts";
import type { Context } from "./context.ts";
import { deadline, withSignal } from "./deadline.ts";
import { abandon, toLiteError } from "./errors.ts";
import { receiveFrames } from "./group-receiver.ts";
import { peerError } from "./peer-error.ts";
import { StreamReader } from "./stream-reader.ts";

/**
 * Asks the peer for one group; resolves with its first frame, while the others may still come. The deadline is ours: released peers
 * leave what they do not have unanswered (moq-lite §9.3). The signal ends it also when the group has begun.
 * @throws LiteError `not_found`, `timeout`, `unsupported` before 05, `transport_closed`.
 */
export async function fetchGroup(context: Context, request: Fetch, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Group> {
  const { transport, clock, limits, version, meter } = context;
  const what = `group ${request.group} of track "${request.track}" of "${request.broadcast}"`;
  if (!hasFetch(version)) throw new LiteError(LiteErrorCode.unsupported, `${version} has no FETCH for ${what}`);
  const limit = deadline(clock, limits.answerMs, { what, signal });
  const group = new Group(request.group);
  const leave = (): void => group.abort(toLiteError(signal?.reason));
  signal?.addEventListener("abort", leave, { once: true });
  void group.closed.then(() => signal?.removeEventListener("abort", leave)); // Never rejects.
  try {
    const stream = await transport.openBidi({ priority: ControlPriority, signal: limit.signal });
    const flow = meter.receiving({ kind: "fetch", broadcast: request.broadcast, track: request.track, group: request.group });
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
  void group.closed.then((end) => end.kind === "aborted" && abandon(stream, end.error)); // Never rejects.
  try {
    await receiveFrames(context, new StreamReader(stream.receive), into);
  } catch (cause) {
    group.abort(toLiteError(cause));
  } finally {
    flow.close();
  }
}

/** Settles when the group has a frame or has ended; then it is no reader of it any more. */
function begun(group: Group): Promise<void> {
  return new Promise((resolve, reject) => {
    const detach = group.attach({
      frame: () => {
        detach();
        resolve();
      },
      finished: resolve,
      aborted: reject,
    });
  });
}
