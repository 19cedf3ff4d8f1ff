export { type Clock, systemClock } from "./clock.ts";
export { type TransportChoice, TransportReason } from "./connect/choice.ts";
export { type ConnectOptions, type ConnectPhase, connect } from "./connect/connect.ts";
export { TransportMemory } from "./connect/memory.ts";
export { toWebSocketUrl, type WebSocketConstructor } from "./connect/open-socket.ts";
export {
  type OpenWebTransport,
  type OpenWebTransportOptions,
  type WebTransportConstructor,
  webTransportOpener,
} from "./connect/open-web-transport.ts";
export type { ConnectAttempt } from "./connect/race.ts";
export { type ReadOptions, readFrames, readGroups } from "./connect/read.ts";
export { type ConnectionStatus, type Reconnecting, type ReconnectOptions, reconnect } from "./connect/reconnect.ts";
export { LiteError, LiteErrorCode, type LiteErrorOptions } from "./error.ts";
export { type Broadcast, LocalBroadcast } from "./model/broadcast.ts";
export { CachePool } from "./model/cache-pool.ts";
export type { FetchGroup } from "./model/fetches.ts";
export { type Frame, Group, type GroupReader, type GroupState } from "./model/group.ts";
export {
  Origin,
  type OriginCache,
  type OriginOptions,
  type OriginReader,
  type OriginReading,
  randomHopId,
  type Unpublish,
} from "./model/origin.ts";
export { joinPath, type Path, suffixOf, toPath } from "./model/path.ts";
export type { Route, RouteOptions } from "./model/route.ts";
export {
  type Drop,
  defaultTrackCacheBytes,
  defaultTrackInfo,
  defaultWish,
  Track,
  type TrackInfo,
  type TrackOptions,
  type TrackReader,
  type TrackReading,
  type Wish,
} from "./model/track.ts";
export type { WebSocketEvent, WebSocketLike } from "./qmux/web-socket.ts";
export { defaultLimits, type Limits } from "./session/limits.ts";
export {
  type FlowMeter,
  GroupDropReason,
  type GroupQueue,
  type MeteredRequest,
  type RequestMeter,
  type ServedRequest,
  type SessionMeter,
  type SessionRefusal,
  SubscribeResult,
  silentMeter,
} from "./session/meter.ts";
export type { Announcement, LinkEstimate, PeerSetup, Session, SessionOptions } from "./session/session.ts";
export { startSession } from "./session/start.ts";
export { TokenBucket } from "./token-bucket.ts";
export { defaultTransportLimits, type TransportLimits } from "./transport/limits.ts";
export {
  type BidiStream,
  ControlPriority,
  type Datagrams,
  type LinkRtt,
  type LinkSource,
  type LinkStats,
  type OpenOptions,
  type ReceiveStream,
  type SendClosed,
  type SendStream,
  type Transport,
  type TransportClosed,
  TransportKind,
  type TransportStats,
} from "./transport/transport.ts";
export { type WebTransportOptions, WebTransportTransport } from "./web-transport/transport.ts";
export type { W3cWebTransport } from "./web-transport/w3c.ts";
export { isRoutineCode, WireCode } from "./wire/code.ts";
export { supportedProtocols } from "./wire/version.ts";
