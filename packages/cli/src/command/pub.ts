import type { ConnectionStatus } from "@moqscope/lite";
import type { Recorder } from "@moqscope/telemetry";
import type { OptionValues } from "@moqscope/telemetry/options";
import { prepareTransport } from "../dial.ts";
import { type PublishStatus, publishFile } from "../pub/publish-file.ts";
import { type CommandContext, startTelemetry } from "./context.ts";
import type { pubOptions } from "./options.ts";

/** `moqscope pub FILE`: publishes until the file ends or the user stops it. */
export async function pub(file: string, values: OptionValues<typeof pubOptions>, context: CommandContext): Promise<void> {
  await prepareTransport(values.transport);
  const telemetry = startTelemetry("moq-publisher", values, context);
  const { url, broadcast, loop } = values;
  try {
    await publishFile({
      file,
      url,
      broadcast,
      loop,
      recorder: telemetry.recorder,
      ...(values.timeUrl === undefined ? {} : { timeUrl: values.timeUrl }),
      transport: values.transport,
      connectTimeoutMs: values.connectTimeout,
      signal: context.signal,
      onStatus: publishLog(telemetry.recorder, { url, broadcast }),
    });
  } finally {
    await telemetry.shutdown();
  }
}

/** Writes one event per change of state. */
export function publishLog(
  recorder: Recorder,
  about: { readonly url: string; readonly broadcast: string },
): (status: PublishStatus) => void {
  const { broadcast } = about;
  const connection = connectionLog(recorder, about.url);
  let tracks = "";
  return (status) => {
    switch (status.kind) {
      case "opened": {
        tracks = status.tracks.map(({ name, config }) => `${name} (${config.codec})`).join(", ");
        for (const { track, reason } of status.skipped)
          recorder.event("warn", "moq.error", { message: `${track} is not published: ${reason}`, track, reason });
        return;
      }
      case "connection":
        return connection(status.status);
      case "live":
        return recorder.event("info", "moq.ready", { message: `Publishing ${broadcast} at ${about.url}: ${tracks}`, ...about });
      case "paused": {
        const message = `Went on after a pause of ${(status.pauseMs / 1000).toFixed(1)} s`;
        return recorder.event("warn", "moq.subscription", { message, broadcast, state: "paused", elapsed_ms: Math.round(status.pauseMs) });
      }
      case "ended": {
        const total = (key: "frames" | "groups") => status.summary.tracks.reduce((sum, track) => sum + track[key], 0);
        const [frames, groups] = [total("frames"), total("groups")];
        const message = `Published ${frames} frames in ${groups} groups of ${broadcast}`;
        return recorder.event("info", "moq.broadcast.ended", { message, broadcast, frames, groups });
      }
    }
  };
}

/** Writes one event when the connection comes, goes and comes again; the attempts between, and those before the first, are debug. */
export function connectionLog(recorder: Recorder, url: string): (status: ConnectionStatus) => void {
  let up = false;
  return (status) => {
    switch (status.kind) {
      case "connecting":
        return recorder.event("debug", "moq.connection", { url, state: "connecting", attempt: status.attempt });
      case "connected": {
        up = true;
        const { version, transport } = status.session;
        const message = `Connected to ${url} (${version}, ${transport.kind})`;
        return recorder.event("info", "moq.connection", { message, url, state: "connected" });
      }
      case "waiting": {
        const { retryInMs, error } = status;
        const message = `${up ? "Connection lost" : "No connection"}: ${error.message}; trying again`;
        recorder.event(up ? "warn" : "debug", "moq.connection", { message, url, state: "waiting", retry_in_ms: Math.round(retryInMs) });
        up = false;
        return;
      }
      case "closed":
        return recorder.event("debug", "moq.connection", { url, state: "closed" });
    }
  };
}
