import { closed, open } from "./attribute-set.ts";

/** The closed attribute sets of metrics.md §2 that metrics, spans and events share. The last value stands for anything else. */

export const region = closed(
  "africa",
  "east_asia",
  "europe",
  "latam",
  "mena",
  "north_america",
  "oceania",
  "south_asia",
  "southeast_asia",
  "unknown",
);
// From a module of its own, so that no page carries 250 codes.
export { country } from "./countries.ts";

export const transport = closed("webtransport", "websocket", "quic", "unknown");
export const browser = closed("chrome", "edge", "firefox", "safari", "other");
export const device = closed("desktop", "mobile", "tv", "other");
export const media = closed("audio", "video");
export const codec = closed("av1", "avc", "hevc", "vp8", "vp9", "aac", "opus", "pcm", "other");
export const rendition = closed("240", "360", "480", "720", "1080", "1440", "2160", "other");
export const direction = closed("sent", "received");
export const fatal = closed("true", "false");

export const attemptOutcome = closed("started", "failed", "exited");
export const startupPhase = closed("connect", "setup", "announce", "catalog", "subscribe", "first_object", "decode", "render");
export const stallCause = closed("network", "decode", "publisher", "unknown");
export const frameDropReason = closed("decode_queue", "deadline", "decode_error", "resync", "hidden");
export const groupOutcome = closed("complete", "late", "skipped", "incomplete", "reset", "missing");
/** On which side of its target, of the other medium, or of the server's clock: the values themselves have no sign. */
export const targetSign = closed("above", "below");
export const syncSign = closed("audio_ahead", "video_ahead");
export const clockSign = closed("ahead", "behind");
export const publisherDropReason = closed("encode_queue", "congestion", "capture_gap", "no_subscriber", "encode_error");
export const switchDirection = closed("up", "down");
export const switchTrigger = closed("abr", "user", "fallback");
export const connectResult = closed("ok", "timeout", "transport_error", "setup_error", "unauthorized", "cancelled");
export const reconnectReason = closed("transport_lost", "goaway", "idle_timeout", "setup_error", "other");
export const endReason = closed("eos", "quit", "fatal", "navigated", "timeout");
export const clientError = closed(
  "connect_timeout",
  "transport_lost",
  "setup_failed",
  "version_mismatch",
  "unauthorized",
  "not_found",
  "catalog_invalid",
  "codec_unsupported",
  "decode_error",
  "encode_error",
  "capture_denied",
  "subscribe_reset",
  "protocol_violation",
  "autoplay_blocked",
  "internal",
  "other",
);
/** State of a playback session as a report carries it (`moq.session.state`). */
export const sessionState = closed("starting", "playing", "rebuffering", "paused", "waiting", "other");

export const peer = closed("client", "publisher", "relay");
export const relayConnectResult = closed("accepted", "unauthorized", "version_mismatch", "setup_error", "transport_error", "overload");
export const sessionCloseReason = closed(
  "clean",
  "idle_timeout",
  "transport_lost",
  "protocol_violation",
  "unauthorized",
  "goaway",
  "overload",
  "internal",
  "other",
);
export const relayError = closed(
  "transport_lost",
  "tls_failed",
  "setup_failed",
  "version_mismatch",
  "unauthorized",
  "protocol_violation",
  "decode_error",
  "not_found",
  "unroutable",
  "timeout",
  "too_many_streams",
  "upstream_failed",
  "internal",
  "other",
);
export const authFailureReason = closed("missing", "malformed", "expired", "bad_signature", "scope", "other");
/** What a relay turned away, by the limit that was reached. */
export const relayRefusal = closed(
  "sessions",
  "sessions_per_address",
  "session_rate",
  "pending",
  "memory",
  "draining",
  "requests",
  "requests_per_address",
  "request_rate",
  "fetches",
  "announce_streams",
  "announcements",
  "announcement_rate",
  "group_rate",
  "slow_viewer",
  "other",
);
export const stage = closed("accept", "setup", "auth", "announce", "subscribe", "media");
export const announceEvent = closed("active", "ended", "restarted");
export const subscribeResult = closed("ok", "not_found", "unauthorized", "unroutable", "timeout", "error");
export const subscribeSource = closed("cache", "publisher", "relay");
export const streamOrigin = closed("local", "remote");
/** What became of a MoQ datagram. */
export const datagramOutcome = closed("ok", "expired", "dropped");
export const groupDropReason = closed("expired", "priority", "backpressure", "reset_by_peer", "no_credit", "upstream_lost");
/** Where a figure of the link was measured; figures of several sources are never mixed (metrics.md §2). */
export const linkSource = closed("quic", "tcp_info", "ping", "probe", "getstats");
/** Broadcast paths of the current top N (metrics.md §6). */
export const broadcast = open(100, 64);
/** Configured relay node names. */
export const peerNode = open(50, 64);

export const signal = closed("metrics", "traces", "logs");
export const format = closed("otlp_json", "otlp_proto", "cmcd");
export const rejectReason = closed(
  "token_missing",
  "token_invalid",
  "token_expired",
  "origin",
  "content_type",
  "too_large",
  "inflated_too_large",
  "rate_session",
  "rate_ip",
  "overload",
  "too_many_points",
  "unknown_metric",
  "wrong_type",
  "wrong_bounds",
  "wrong_temporality",
  "not_finite",
  "negative",
  "decreasing",
  "malformed",
);
export const clampRule = closed(
  "elapsed_rebuffer",
  "elapsed_play",
  "frame_rate",
  "latency_range",
  "byte_rate",
  "count_rate",
  "group_rate",
  "session_points",
  "time_skew",
);
export const exportResult = closed("ok", "retry", "failed", "dropped");
export const tokenResult = closed("ok", "missing", "invalid", "expired", "wrong_audience", "wrong_session");
export const pointResult = closed("merged", "unchanged", "clamped");
export const ruleResult = closed("ok", "failed", "history", "no_data");
export const notificationResult = closed("ok", "retry", "failed", "dropped");
export const saveResult = closed("ok", "failed");
export const storeEviction = closed("age", "memory", "idle", "refused");
export const evictionReason = closed("idle", "lru", "ended");
export const resyncReason = closed("moved", "unknown_acked", "start_changed", "compat");

export const cpuMode = closed("user", "system");
export const gcType = closed("major", "minor", "incremental", "weakcb");
/** Heap spaces of V8 that grow with what a process does; the read-only and shared ones are `other`. */
export const heapSpace = closed(
  "new_space",
  "old_space",
  "code_space",
  "trusted_space",
  "large_object_space",
  "new_large_object_space",
  "code_large_object_space",
  "other",
);
