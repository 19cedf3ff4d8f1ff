import { LiteError, LiteErrorCode } from "../error.ts";
import type { Path } from "../model/path.ts";
import type { Track } from "../model/track.ts";
import { WireCode } from "../wire/code.ts";
import type { Context } from "./context.ts";
import { deadline, withSignal } from "./deadline.ts";
import { excludedHop } from "./excluded-hop.ts";

/**
 * Finds a track among what we offer, by a way that does not lead through the peer itself.
 * @throws LiteError `not_found` (wire code 30 without a route), `timeout`.
 */
export async function findTrack(context: Context, path: Path, name: string): Promise<Track> {
  const route = context.publish?.route(path, excludedHop(context));
  if (!route) throw new LiteError(LiteErrorCode.notFound, `no broadcast "${path}"`, { wireCode: WireCode.unroutable });
  const limit = deadline(context.clock, context.limits.answerMs, { what: `track "${name}" of "${path}"` });
  try {
    return await withSignal(route.broadcast.track(name, { signal: limit.signal }), limit.signal);
  } finally {
    limit.cancel();
  }
}
