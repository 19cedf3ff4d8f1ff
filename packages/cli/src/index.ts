export { CliError, CliErrorCode } from "./error.ts";
export type { Connect } from "./link.ts";
export type { SkippedTrack, SourceTrack } from "./media/media-file.ts";
export {
  type PublishedTrack,
  type PublishOptions,
  type PublishStatus,
  type PublishSummary,
  publishFile,
  samplePath,
} from "./pub/publish-file.ts";
export type { Delay, MediaGaps } from "./sub/arrivals.ts";
export { type GroupCounts, type GroupFate, GroupOutcome } from "./sub/group-ledger.ts";
export { type Startup, type SubscribeReport, SubscribeState, type SubscribeSummary, type TrackReport } from "./sub/report.ts";
export { type SubscribeOptions, type Subscription, subscribe } from "./sub/subscribe.ts";
export { type RgbaImage, readTimecode } from "./timecode.ts";
