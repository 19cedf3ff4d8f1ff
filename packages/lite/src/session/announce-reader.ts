import { LiteError, LiteErrorCode } from "../error.ts";
import { joinPath, type Path } from "../model/path.ts";
import { TokenBucket } from "../token-bucket.ts";
import { ControlPriority } from "../transport/transport.ts";
import { type Announce, AnnounceInit, AnnounceOk, announce, announceRequest } from "../wire/announce.ts";
import { decodeBody, encodeMessage } from "../wire/codec.ts";
import { WireLimits } from "../wire/limits.ts";
import { BidiType } from "../wire/stream-type.ts";
import { hasAnnounceInit, hasAnnounceOk, hasHopIds } from "../wire/version.ts";
import { Announcements } from "./announcements.ts";
import type { Context } from "./context.ts";
import { abandon, isMalformed, isRoutine, toLiteError } from "./errors.ts";
import type { Announcement } from "./session.ts";
import { StreamReader } from "./stream-reader.ts";

export interface AnnounceReaderOptions {
  readonly prefix: Path;
  readonly signal: AbortSignal | undefined;
  /** Told when the peer no longer offers a path, or another publisher's broadcast there. */
  readonly gone: (path: Path) => void;
}

/** Asks the peer what it offers below a prefix and follows the changes (moq-lite §9.1). */
export async function* readAnnouncements(context: Context, options: AnnounceReaderOptions): AsyncGenerator<Announcement, void> {
  const { signal } = options;
  const changes = new Announcements();
  const stop = new AbortController();
  const leave = (): void => changes.end();
  signal?.addEventListener("abort", leave, { once: true });
  if (signal?.aborted) changes.end();
  void follow(context, { ...options, signal: stop.signal }, changes); // Ends by `stop`; never rejects.
  try {
    for (let next = await changes.next(); next; next = await changes.next()) yield next;
  } finally {
    signal?.removeEventListener("abort", leave);
    stop.abort(new LiteError(LiteErrorCode.cancelled, "announcements are no longer read"));
  }
}

async function follow(
  context: Context,
  options: AnnounceReaderOptions & { readonly signal: AbortSignal },
  changes: Announcements,
): Promise<void> {
  try {
    await context.negotiated;
    const stream = await context.transport.openBidi({ priority: ControlPriority, signal: options.signal });
    const leave = (): void => abandon(stream, options.signal.reason);
    if (options.signal.aborted) leave();
    else options.signal.addEventListener("abort", leave, { once: true });
    const request = encodeMessage(announceRequest(context.version), { prefix: options.prefix, exclude: context.hop });
    stream.send.write(Uint8Array.of(BidiType.announce), request);
    await read(context, { ...options, reader: new StreamReader(stream.receive) }, changes);
    stream.send.finish();
    changes.end();
  } catch (cause) {
    const error = toLiteError(cause);
    if (!isRoutine(error) && !options.signal.aborted) context.meter.error(error, "announce");
    if (isMalformed(error)) context.fail(error);
    // A session that is over ends the iteration like any end: `closed` tells how.
    changes.end(isRoutine(error) ? undefined : error);
  }
}

async function read(
  context: Context,
  options: AnnounceReaderOptions & { readonly reader: StreamReader },
  changes: Announcements,
): Promise<void> {
  const { reader, prefix } = options;
  const sender = hasAnnounceOk(context.version) ? (await reader.expect(AnnounceOk)).hop : undefined;
  /** What the peer offers, with who published it. */
  const live = new Map<Path, bigint | undefined>();
  const rate = new TokenBucket(context.clock, context.limits.announcementsPerSecond);
  const end = (path: Path): void => {
    if (!live.delete(path)) return;
    changes.ended(path);
    context.meter.announcement("ended", path, []);
    options.gone(path);
  };
  const apply = ({ active, suffix, hops: told }: Announce): void => {
    const path = joinPath(prefix, suffix);
    const hops = chain(context, told, sender);
    const refused = !active || hops.includes(context.hop) || hops.length > WireLimits.hops;
    if (refused) end(path);
    else if (inTime(context, rate) && (live.has(path) || hasRoom(context, live.size))) {
      context.meter.announcement(live.has(path) ? "restarted" : "active", path, hops);
      if (live.has(path) && live.get(path) !== hops[0]) options.gone(path);
      live.set(path, hops[0]);
      changes.active(path, hops);
    }
  };
  if (hasAnnounceInit(context.version)) {
    const init = await reader.expect(AnnounceInit, WireLimits.announceInitBytes);
    for (const suffix of init.suffixes) apply({ active: true, suffix, hops: [] });
  }
  for (let body = await reader.body(); body; body = await reader.body()) {
    const one = decodeAnnounce(context, body);
    if (one) apply(one);
  }
  // The peer ends its announcements in order: so each of them has ended.
  for (const path of live.keys()) end(path);
}

/** The full chain, publisher first, peer last (moq-lite §9.1); where ids are not told, ours for this session stands for the first. */
function chain({ version, peerHop }: Context, told: readonly bigint[], sender: bigint | undefined): readonly bigint[] {
  if (sender !== undefined) return [...told, sender];
  return hasHopIds(version) ? told : [peerHop, ...told.slice(1)];
}

/** One announcement over a limit is rejected; the stream goes on, since the message is whole. */
function decodeAnnounce(context: Context, body: Uint8Array): Announce | undefined {
  try {
    return decodeBody(announce(context.version), body);
  } catch (error) {
    if (!(error instanceof LiteError) || error.code !== LiteErrorCode.boundsExceeded) throw error;
    context.meter.error(error, "announce");
    return undefined;
  }
}
function inTime({ limits, meter }: Context, rate: TokenBucket): boolean {
  if (rate.take(limits.announcementsPerSecond)) return true;
  meter.refused("announcement_rate");
  return false;
}
function hasRoom({ limits, meter }: Context, live: number): boolean {
  if (live < limits.announcements) return true;
  meter.refused("announcements");
  meter.error(new LiteError(LiteErrorCode.boundsExceeded, `peer announces more than ${limits.announcements} broadcasts`), "announce");
  return false;
}
