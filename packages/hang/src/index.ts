export { CatalogDocument, catalogJson, encodeCatalog, maxCatalogBytes } from "./catalog/document.ts";
export { mergePatch } from "./catalog/merge-patch.ts";
export { maxRenditions, parseCatalog } from "./catalog/parse.ts";
export { type CaptureClock, captureClockOf } from "./catalog/telemetry-key.ts";
export {
  type AudioCatalog,
  type AudioConfig,
  type Catalog,
  type Container,
  catalogTrackName,
  containerRefusal,
  type SkippedRendition,
  TrackPriority,
  type VideoCatalog,
  type VideoConfig,
} from "./catalog/types.ts";
export { type ClockEstimate, CommonClock, type CommonClockOptions, type CommonTime } from "./clock/common-clock.ts";
export { LegacyFrame } from "./container/legacy.ts";
export { HangError, HangErrorCode } from "./error.ts";
export { CatalogProducer } from "./publish/catalog-producer.ts";
export { LinkAccounts, type LinkAccountsOptions } from "./publish/measure/link-accounts.ts";
export { type EncodedFrame, type Grouping, MediaTrack, mediaTrackInfo } from "./publish/media-track.ts";
export { describeCatalog, HangPublisher, type HangPublisherOptions } from "./publish/publisher.ts";
export { type ReadOptions, readCatalog } from "./read/read-catalog.ts";
export { type MediaEvent, maxMediaEvents, type ReadMediaOptions, readMedia } from "./read/read-media.ts";
