import { type FlowMeter, type SessionMeter, silentMeter } from "@moqscope/lite";

/** Counts payload as it is read, and how long each track's first frame took. */
export function playerMeter(heard: {
  bytes(count: number): void;
  first(track: string, elapsedMs: number): void;
  error(error: unknown): void;
}): SessionMeter {
  const quiet: FlowMeter = silentMeter.receiving({ kind: "fetch", broadcast: "" as never, track: "", group: 0 });
  return {
    ...silentMeter,
    receiving: ({ track }) => ({
      ...quiet,
      frame: (frame) => heard.bytes(frame.payload.byteLength),
      first: (elapsedMs) => heard.first(track, elapsedMs),
    }),
    error: (error) => heard.error(error),
  };
}
