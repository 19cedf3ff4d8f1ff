import { type Path, suffixOf } from "../model/path.ts";
import type { Route } from "../model/route.ts";
import type { BidiStream } from "../transport/transport.ts";
import { AnnounceInit, AnnounceOk, announce, announceRequest } from "../wire/announce.ts";
import { encodeMessage } from "../wire/codec.ts";
import { WireLimits } from "../wire/limits.ts";
import { hasAnnounceInit, hasAnnounceOk, hasRouteChange } from "../wire/version.ts";
import { boundedWrite } from "./bounded-write.ts";
import type { Context } from "./context.ts";
import { excludedHop } from "./excluded-hop.ts";
import type { StreamReader } from "./stream-reader.ts";

/** Serves one Announce stream: what our origin has below the asked prefix, then changes, until the peer ends it (moq-lite §9.1). */
export async function serveAnnounce(context: Context, stream: BidiStream, reader: StreamReader): Promise<void> {
  const { version } = context;
  const { prefix, exclude } = await reader.expect(announceRequest(version));
  if (exclude !== 0n) context.peer.id ??= exclude;
  const codec = announce(version);
  const told = new Set<string>();
  let initial: Initial | undefined = { suffixes: [], messages: [] };
  const write = (suffix: Path, bytes: Uint8Array): void => {
    if (!initial) return boundedWrite(context, stream.send, bytes);
    initial.suffixes.push(suffix);
    initial.messages.push(bytes);
  };
  const active = (route: Route): void => {
    const suffix = suffixOf(route.path, prefix);
    const hops = chainToSend(context, route.hops);
    if (suffix === undefined || hops.length > WireLimits.hops || (told.has(route.path) && !hasRouteChange(version))) return;
    told.add(route.path);
    write(suffix, encodeMessage(codec, { active: true, suffix, hops }));
  };
  const reading = context.publish?.attach(
    prefix,
    {
      active,
      ended(path) {
        const suffix = suffixOf(path, prefix);
        if (suffix === undefined || !told.delete(path)) return;
        write(suffix, encodeMessage(codec, { active: false, suffix, hops: [] }));
      },
    },
    excludedHop(context),
  );
  try {
    writeInitial(context, stream, initial);
    initial = undefined;
    await reader.drain();
    stream.send.finish();
  } finally {
    reading?.detach();
  }
}

interface Initial {
  readonly suffixes: Path[];
  readonly messages: Uint8Array[];
}
function writeInitial({ version, hop }: Context, { send }: BidiStream, { suffixes, messages }: Initial): void {
  if (hasAnnounceInit(version)) send.write(encodeMessage(AnnounceInit, { suffixes }));
  else if (hasAnnounceOk(version)) send.write(encodeMessage(AnnounceOk, { hop, active: messages.length }), ...messages);
  else send.write(...messages);
}
/** 05 tells our id in ANNOUNCE_OK; before, it is the last of the chain. */
function chainToSend({ version, hop }: Context, hops: readonly bigint[]): readonly bigint[] {
  return hasAnnounceOk(version) ? hops : [...hops, hop];
}
