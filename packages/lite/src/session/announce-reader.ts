import { LiteError, LiteErrorCode } from "../error.ts";
import { joinPath, type Path } from "../model/path.ts";
import { ControlPriority } from "../transport/transport.ts";
import { Announce, AnnounceOk, AnnounceRequest } from "../wire/announce.ts";
import { decodeBody, encodeMessage } from "../wire/codec.ts";
import { WireLimits } from "../wire/limits.ts";
import { BidiType } from "../wire/stream-type.ts";
import { Announcements } from "./announcements.ts";
import type { Context } from "./context.ts";
import { abandon, isMalformed, isRoutine, toLiteError } from "./errors.ts";
import type { Announcement } from "./session.ts";
import { StreamReader } from "./stream-reader.ts";

export interface AnnounceReaderOptions {
  readonly prefix: Path;
  readonly signal: AbortSignal | undefined;
  /** Told when the peer no longer offers a path. */
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
    const stream = await context.transport.openBidi({ priority: ControlPriority, signal: options.signal });
    const leave = (): void => abandon(stream, options.signal.reason);
    if (options.signal.aborted) leave();
    else options.signal.addEventListener("abort", leave, { once: true });
    stream.send.write(Uint8Array.of(BidiType.announce), encodeMessage(AnnounceRequest, { prefix: options.prefix, exclude: context.hop }));
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
  const { hop } = await reader.expect(AnnounceOk);
  const live = new Set<Path>();
  const end = (path: Path): void => {
    if (!live.delete(path)) return;
    changes.ended(path);
    context.meter.announcement("ended");
    options.gone(path);
  };
  for (let body = await reader.body(); body; body = await reader.body()) {
    const announce = decodeAnnounce(context, body);
    if (!announce) continue;
    const path = joinPath(prefix, announce.suffix);
    const hops = [...announce.hops, hop];
    const refused = !announce.active || hops.includes(context.hop) || hops.length > WireLimits.hops;
    if (refused) end(path);
    else if (live.has(path) || hasRoom(context, live.size)) {
      context.meter.announcement(live.has(path) ? "restarted" : "active");
      live.add(path);
      changes.active(path, hops);
    }
  }
}

/** One announcement over a limit is rejected; the stream goes on, since the message is whole. */
function decodeAnnounce(context: Context, body: Uint8Array): Announce | undefined {
  try {
    return decodeBody(Announce, body);
  } catch (error) {
    if (!(error instanceof LiteError) || error.code !== LiteErrorCode.boundsExceeded) throw error;
    context.meter.error(error, "announce");
    return undefined;
  }
}
function hasRoom({ limits, meter }: Context, live: number): boolean {
  if (live < limits.announcements) return true;
  meter.error(new LiteError(LiteErrorCode.boundsExceeded, `peer announces more than ${limits.announcements} broadcasts`), "announce");
  return false;
}
