import { type BrowserTelemetry, startBrowserTelemetry } from "@moqscope/telemetry/browser";

/** What the test does in the page. */
export interface TelemetryPage {
  telemetry?: BrowserTelemetry;
  start(endpoint: string): string;
  play(frames: number): void;
}

const page: TelemetryPage = {
  start(endpoint) {
    page.telemetry = startBrowserTelemetry({ endpoint, release: "1.4.0", token: { broadcast: "room/alice.hang" } });
    page.telemetry.setState("playing");
    return page.telemetry.sessionId;
  },
  play(frames) {
    const recorder = page.telemetry?.recorder;
    recorder?.counter("moq.client.frames_received", { media: "video", transport: "websocket" }).add(frames);
    recorder?.histogram("moq.client.startup_time", { transport: "websocket" }).record(0.4);
    recorder?.span("moq.rebuffer").end();
    recorder?.event("info", "moq.player.state", { state: "playing" });
  },
};
Object.assign(globalThis, { telemetryPage: page });
