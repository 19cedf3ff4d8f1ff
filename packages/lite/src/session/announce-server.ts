import type { Route } from "../model/origin.ts";
import { suffixOf } from "../model/path.ts";
import type { BidiStream } from "../transport/transport.ts";
import { Announce, AnnounceOk, AnnounceRequest } from "../wire/announce.ts";
import { encodeMessage } from "../wire/codec.ts";
import { WireLimits } from "../wire/limits.ts";
import { boundedWrite } from "./bounded-write.ts";
import type { Context } from "./context.ts";
import type { StreamReader } from "./stream-reader.ts";

/** Serves one Announce stream: what our origin has below the asked prefix, then changes, until the peer ends it (moq-lite §9.1). */
export async function serveAnnounce(context: Context, stream: BidiStream, reader: StreamReader): Promise<void> {
  const { prefix, exclude } = await reader.expect(AnnounceRequest);
  const told = new Set<string>();
  const initial: Uint8Array[] = [];
  let live = false;
  const write = (bytes: Uint8Array): void => {
    if (live) boundedWrite(context, stream.send, bytes);
    else initial.push(bytes);
  };
  const active = (route: Route): void => {
    const suffix = suffixOf(route.path, prefix);
    if (suffix === undefined || route.hops.length > WireLimits.hops) return;
    told.add(route.path);
    write(encodeMessage(Announce, { active: true, suffix, hops: route.hops }));
  };
  const reading = context.publish?.attach(
    prefix,
    {
      active,
      ended(path) {
        const suffix = suffixOf(path, prefix);
        if (suffix === undefined || !told.delete(path)) return;
        write(encodeMessage(Announce, { active: false, suffix, hops: [] }));
      },
    },
    exclude === 0n ? undefined : exclude,
  );
  try {
    stream.send.write(encodeMessage(AnnounceOk, { hop: context.hop, active: initial.length }), ...initial);
    live = true;
    await reader.drain();
    stream.send.finish();
  } finally {
    reading?.detach();
  }
}
