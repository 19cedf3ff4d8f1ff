import { HangError, HangErrorCode } from "../error.ts";
import { Fields, invalid, isObject, present } from "./fields.ts";
import type { AudioCatalog, AudioConfig, Catalog, Container, SkippedRendition, VideoCatalog, VideoConfig } from "./types.ts";

/** Renditions of one kind that a catalog may name. */
export const maxRenditions = 64;
const knownKeys = new Set(["video", "audio"]);

/**
 * Reads a catalog document (hang draft § Root). Old array forms are accepted; a rendition in an unknown container is skipped.
 * @throws HangError `catalog_invalid` naming the field and its value.
 */
export function parseCatalog(value: unknown): Catalog {
  const root = new Fields(value, "catalog");
  const skipped: SkippedRendition[] = [];
  const video = root.raw("video");
  const audio = root.raw("audio");
  const extensions = Object.fromEntries(Object.entries(value as object).filter(([key]) => !knownKeys.has(key)));
  return {
    ...(video === undefined ? {} : { video: videoCatalog(video, skipped) }),
    ...(audio === undefined
      ? {}
      : { audio: { renditions: renditions<AudioConfig>(audio, "catalog.audio", audioConfig, skipped) } satisfies AudioCatalog }),
    extensions,
    skipped,
  };
}

function videoCatalog(value: unknown, skipped: SkippedRendition[]): VideoCatalog {
  const map = renditions<VideoConfig>(value, "catalog.video", videoConfig, skipped);
  if (!isObject(value)) return { renditions: map };
  const fields = new Fields(value, "catalog.video");
  const display = fields.raw("display");
  return present<VideoCatalog>({
    renditions: map,
    display: display === undefined ? undefined : displaySize(display),
    rotation: fields.number("rotation"),
    flip: fields.flag("flip"),
  });
}
function displaySize(value: unknown): { width: number; height: number } {
  const fields = new Fields(value, "catalog.video.display");
  return { width: fields.required("width", fields.uint("width")), height: fields.required("height", fields.uint("height")) };
}

type ParseConfig<T> = (fields: Fields) => T | { readonly skip: string };

function renditions<T extends object>(value: unknown, where: string, parse: ParseConfig<T>, skipped: SkippedRendition[]): Map<string, T> {
  const entries = renditionEntries(value, where);
  if (entries.length > maxRenditions)
    throw new HangError(HangErrorCode.catalogInvalid, `${where} names ${entries.length} renditions, more than ${maxRenditions}`);
  const map = new Map<string, T>();
  for (const [track, config] of entries) {
    const parsed = parse(new Fields(config, `${where}.renditions[${JSON.stringify(track)}]`));
    if ("skip" in parsed) skipped.push({ track, reason: parsed.skip });
    else map.set(track, parsed);
  }
  return map;
}
/** Today's map, or the old forms: an array (video) or one object (audio) of `{track: {name}, config}`. */
function renditionEntries(value: unknown, where: string): [string, unknown][] {
  if (Array.isArray(value)) return value.map((item, index) => oldEntry(item, `${where}[${index}]`));
  const fields = new Fields(value, where);
  const map = fields.raw("renditions");
  if (map === undefined && fields.raw("track") !== undefined) return [oldEntry(value, where)];
  if (map === undefined) throw new HangError(HangErrorCode.catalogInvalid, `${fields.at("renditions")} is missing`);
  if (!isObject(map)) throw invalid(fields.at("renditions"), "an object", map);
  return Object.entries(map);
}
function oldEntry(item: unknown, where: string): [string, unknown] {
  const fields = new Fields(item, where);
  const track = new Fields(fields.raw("track"), fields.at("track"));
  return [track.required("name", track.text("name")), fields.raw("config")];
}

function videoConfig(fields: Fields): VideoConfig | { skip: string } {
  const container = parseContainer(fields);
  if ("skip" in container) return container;
  return present<VideoConfig>({
    ...common(fields, container),
    codedWidth: fields.uint("codedWidth"),
    codedHeight: fields.uint("codedHeight"),
    displayAspectWidth: fields.uint("displayAspectWidth"),
    displayAspectHeight: fields.uint("displayAspectHeight"),
    framerate: fields.number("framerate"),
    optimizeForLatency: fields.flag("optimizeForLatency"),
  });
}
function audioConfig(fields: Fields): AudioConfig | { skip: string } {
  const container = parseContainer(fields);
  if ("skip" in container) return container;
  return present<AudioConfig>({
    ...common(fields, container),
    sampleRate: fields.required("sampleRate", fields.uint("sampleRate")),
    numberOfChannels: fields.required("numberOfChannels", fields.uint("numberOfChannels")),
  });
}
function common(fields: Fields, container: Container) {
  return {
    codec: fields.required("codec", fields.text("codec")),
    container,
    description: fields.hex("description"),
    bitrate: fields.uint("bitrate"),
    jitter: fields.uint("jitter"),
    broadcast: fields.text("broadcast"),
  };
}
function parseContainer(fields: Fields): Container | { skip: string } {
  const value = fields.raw("container");
  if (value === undefined) return { kind: "legacy" };
  const body = new Fields(value, fields.at("container"));
  const kind = body.required("kind", body.text("kind"));
  if (kind === "legacy" || kind === "loc") return { kind };
  if (kind === "cmaf") return { kind, init: body.required("init", body.text("init")) };
  return { skip: `container "${kind.slice(0, 40)}" is not known` };
}
