import { canvasScreen, type OpenLink, Player, type PlayerEvent, type WatchStats } from "@moqscope/hang/watch";
import { Origin, type Session, startSession, toPath } from "@moqscope/lite";
import { memoryTransportPair } from "@moqscope/lite/testing";
import { memoryRecorder } from "@moqscope/telemetry/testing";
import { Broadcaster } from "./broadcaster.ts";

/** What the test does to the player in this page, and what it may ask. */
export interface Rig {
  readonly player: Player;
  readonly events: readonly string[];
  /** Milliseconds for which nothing was published beyond the usual interval, as it came out. */
  silence(forMs: number): Promise<number>;
  /** Leaves out so much sound, while the picture goes on. */
  hush(forMs: number): void;
  /** Milliseconds of each stall that is over. */
  stalls(): readonly number[];
  stats(): WatchStats;
  /** Red, green and blue at the left edge of the picture, and its size. */
  pixel(): readonly number[];
  metric(name: string, attributes?: Record<string, string>): number | undefined;
  observed(name: string): { readonly count: number; readonly sum: number } | undefined;
  /** Readers that the broadcast still has, and whether the session is over. */
  left(): { readonly readers: number; readonly sessionClosed: boolean };
}
declare global {
  interface Window {
    rig?: Rig;
  }
}

const name = "test.hang";
const broadcaster = await Broadcaster.start();
const origin = new Origin();
origin.publish(toPath(name), broadcaster.publisher.broadcast);
const recorder = memoryRecorder();
const events: string[] = [];
let sessionClosed = false;

const canvas = document.querySelector("canvas");
if (!canvas) throw new Error("no canvas");

/** A real session on a link in memory, straight to the broadcaster. */
const openLink: OpenLink = ({ meter, events: link }) => {
  const [near, far] = memoryTransportPair();
  startSession(far, { role: "server", publish: origin });
  const session = startSession(near, { role: "client", meter });
  link.connecting(0);
  void follow(session, link);
  return { close: () => session.close() };
};
async function follow(session: Session & { readonly ready: Promise<void> }, link: Parameters<OpenLink>[0]["events"]): Promise<void> {
  void session.closed.then(() => (sessionClosed = true));
  const startMs = performance.now();
  // Memory is there at once.
  link.phase("connect", 0);
  await session.ready;
  link.phase("setup", performance.now() - startMs);
  link.connected(session);
  for await (const { kind, path } of session.announced()) {
    if (kind === "active") link.online(session.broadcast(path));
    else link.offline();
  }
}

const player = new Player({
  url: "memory:",
  name,
  screen: canvasScreen(canvas),
  rendition: "sd",
  latencyMs: 400,
  recorder,
  openLink,
  onEvent: (event: PlayerEvent) => events.push(event.kind === "state" ? event.state : event.kind),
});
player.play();

window.rig = {
  player,
  events,
  silence: (forMs) => broadcaster.fallSilent(forMs),
  hush: (forMs) => broadcaster.hush(forMs),
  stalls: () => recorder.spans.filter((span) => span.name === "moq.rebuffer").map(({ startMs, endMs }) => (endMs ?? startMs) - startMs),
  stats: () => player.stats(),
  pixel() {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
    copy?.drawImage(canvas, 0, 0);
    const data = copy?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
    let [red, green, blue] = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4) {
      red += data[at] ?? 0;
      green += data[at + 1] ?? 0;
      blue += data[at + 2] ?? 0;
    }
    const pixels = data.length / 4;
    return [red / pixels, green / pixels, blue / pixels, canvas.width, canvas.height].map(Math.round);
  },
  metric: (metric, attributes) => recorder.value(metric as never, attributes),
  observed: (metric) => recorder.histogramOf(metric as never),
  left: () => ({
    readers: [...broadcaster.publisher.broadcast.tracks.values()].reduce((sum, track) => sum + track.readers, 0),
    sessionClosed,
  }),
};
