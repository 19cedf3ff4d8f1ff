import type { Series } from "@moqscope/telemetry/query";
import type { Api } from "./api.ts";
import { historyMs, type PastSeries } from "./history.ts";

/** Reads the series behind the graphs. Throws what `fetch` and the answer's check throw. */
export async function loadPast(api: Api, signal: AbortSignal): Promise<PastSeries> {
  const of = async (name: string): Promise<readonly Series[]> => (await api.series({ name, seconds: historyMs / 1000 }, signal)).series;
  const [subscribers, bytesReceived, bytesSent, startupTime, rebufferTime, playTime] = await Promise.all([
    of("moq.relay.active_subscribers"),
    of("moq.relay.bytes_received"),
    of("moq.relay.bytes_sent"),
    of("moq.client.startup_time"),
    of("moq.client.rebuffer_time"),
    of("moq.client.play_time"),
  ]);
  return { subscribers, bytesReceived, bytesSent, startupTime, rebufferTime, playTime };
}
