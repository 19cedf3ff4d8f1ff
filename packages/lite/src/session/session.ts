import type { Clock } from "../clock.ts";
import type { LiteError } from "../error.ts";
import type { Broadcast } from "../model/broadcast.ts";
import type { Origin } from "../model/origin.ts";
import type { Path } from "../model/path.ts";
import type { Transport, TransportClosed } from "../transport/transport.ts";
import type { Limits } from "./limits.ts";
import type { SessionMeter } from "./meter.ts";

export type { Limits } from "./limits.ts";

export interface SessionOptions {
  /** Which side of the transport we are: the client dialled. */
  readonly role: "client" | "server";
  /** What the peer may see and subscribe to. Default: nothing. Its `id` is also our hop id. */
  readonly publish?: Origin;
  readonly meter?: SessionMeter;
  readonly clock?: Clock;
  readonly limits?: Partial<Limits>;
  /** Told when the peer asks us to reconnect, to `uri` unless it is empty; acting on it is the caller's. */
  readonly onGoaway?: (uri: string) => void;
  /** W3C trace context to tell the peer in SETUP; versions without SETUP (03, 04) cannot. */
  readonly traceparent?: string;
  /** Path and query to tell the server in SETUP; only where the transport has no URL (raw QUIC). 03 and 04 cannot. */
  readonly path?: string;
  /** Our name in a cluster, to tell the peer in SETUP; only 05 can. Default: none. */
  readonly node?: string;
  /** What the peer asks for waits until `onSetup` has been told; for a server that learns the path from SETUP. Default: no. */
  readonly servesAfterSetup?: boolean;
  /** Told once what the peer said of itself, before `ready` settles. */
  readonly onSetup?: (setup: PeerSetup) => void;
  /** Told after `onSetup`; `ready` waits for it, and is rejected with what it rejects with. Default: whoever has said SETUP is let in. */
  readonly admit?: (setup: PeerSetup) => Promise<void>;
  /** Asked for each SUBSCRIBE, FETCH and TRACK of the peer: the error it is refused with, or what to call when it is over. Default: all are let in. */
  readonly admitRequest?: () => LiteError | (() => void);
  /** Asks the peer what it measures of the link, for `Session.link`. Default: no. */
  readonly probe?: boolean;
  /** Closes the session within about two seconds when the peer falls silent while something is subscribed; default: no. */
  readonly watchesSilence?: boolean;
  /** Closes the session when it fires. */
  readonly signal?: AbortSignal;
}

/** What the peer last reported of the link (PROBE); what it does not know is absent. */
export interface LinkEstimate {
  /** Bits per second that it could send to us. */
  readonly bitrate?: number;
  readonly rttMs?: number;
}

/** What the peer said of itself at the start; what it did not say, or its version cannot, is absent. */
export interface PeerSetup {
  /** Such as `moq-lite-05`. */
  readonly version: string;
  /** Name of its software, for people (01, 02). */
  readonly implementation?: string;
  /** Its hop id (05). */
  readonly origin?: bigint;
  /** 1 and above: it reports what it measures of the link (05). */
  readonly probe?: number;
  /** What it wants to do: 1 publish only, 2 subscribe only; absent for both (05). */
  readonly role?: 1 | 2;
  /** W3C trace context; unchecked but for its length. */
  readonly traceparent?: string;
  /** Its name in a cluster (05, ours alone). */
  readonly node?: string;
  /** Path and query that it wants to be connected to; only meant where the transport has no URL. */
  readonly path?: string;
}

/** A change of what the peer offers; `path` is the full path. */
export type Announcement =
  | { readonly kind: "active"; readonly path: Path /** Publisher first, the peer last. */; readonly hops: readonly bigint[] }
  | { readonly kind: "ended"; readonly path: Path };

/** One moq-lite session over one transport, both ways: it serves `publish` and reads what the peer offers. */
export interface Session {
  /** Such as `moq-lite-05`; `moql` until legacy SETUP has negotiated one. */
  readonly version: string;
  readonly transport: Transport;
  /** Settles when the peer's SETUP was read, at once for versions without it; rejects with `LiteError` if the session ends before. */
  readonly ready: Promise<void>;
  /** Settles once with how it ended, never rejects. */
  readonly closed: Promise<TransportClosed>;
  /** What the peer offers below `prefix`: first what is there, then changes, until the session ends or the signal fires. */
  announced(prefix?: Path, options?: { readonly signal?: AbortSignal }): AsyncIterable<Announcement>;
  /** A broadcast of the peer, asked by name whether or not it was announced. The same object for the same path. */
  broadcast(path: Path): Broadcast;
  /** As the peer last reported it, if `probe` asked for it. */
  readonly link: LinkEstimate;
  /** Asks the peer to reconnect, to `uri` unless it is empty; says nothing on versions without GOAWAY (03 and older). */
  goaway(uri?: string): void;
  close(code?: number, reason?: string): void;
  [Symbol.asyncDispose](): Promise<void>;
}
