import { connect, LocalBroadcast, Origin, type Path, type Session, Track, toPath } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";
import { type MemoryRecorder, memoryRecorder } from "@moqscope/telemetry/testing";
import type { RelayOptions } from "../options.ts";
import { createRelay, type Relay } from "../relay.ts";

const loopback = { host: "127.0.0.1", port: 0 };

/** A relay on free ports of the loopback interface, with a recorder that can be asked. */
export async function startRelay(options: RelayOptions = {}): Promise<{ relay: Relay; recorder: MemoryRecorder }> {
  const recorder = memoryRecorder();
  const relay = await createRelay({ listen: loopback, adminListen: loopback, recorder, ...options });
  return { relay, recorder };
}

/** A session over a real socket, set up. */
export function join(relay: Relay, path = "", publish?: Origin): Promise<Session> {
  return connect(`${relay.url}/${path}`, { webSocket: nodeWebSocket, ...(publish ? { publish } : {}) });
}

/** A broadcast with tracks to write to. */
export class TestPublisher {
  readonly origin = new Origin();
  readonly broadcast = new LocalBroadcast();
  readonly #withdraw: () => void;
  readonly path: Path;
  /** Demands as each track was told of them. */
  readonly demands: string[] = [];
  constructor(path: string, trackNames: readonly string[] = ["video"]) {
    this.path = toPath(path);
    for (const name of trackNames) {
      const onDemand = (demand: unknown): void => void this.demands.push(`${name} ${demand === undefined ? "idle" : "wanted"}`);
      this.broadcast.add(new Track({ name, onDemand }));
    }
    this.#withdraw = this.origin.publish(this.path, this.broadcast);
  }
  track(name = "video"): Track {
    const track = this.broadcast.tracks.get(name);
    if (!track) throw new Error(`no track ${name}`);
    return track;
  }
  /** Writes one whole group of frames and says how many payload bytes it has. */
  group(payloads: readonly string[], name = "video"): number {
    const group = this.track(name).createGroup();
    let bytes = 0;
    for (const text of payloads) {
      const payload = new TextEncoder().encode(text);
      bytes += payload.byteLength;
      group.append({ timestamp: bytes, payload });
    }
    group.finish();
    return bytes;
  }
  unannounce(): void {
    this.#withdraw();
  }
}

/** Reads a track and keeps what it was told. */
export class TestViewer {
  /** Frame payloads as text, by group sequence, in order of arrival. */
  readonly groups = new Map<number, string[]>();
  readonly finished: number[] = [];
  readonly problems: string[] = [];
  bytes = 0;
  ended = false;
  #detach: () => void = () => {};
  static async watch(session: Session, path: string, name = "video"): Promise<TestViewer> {
    const viewer = new TestViewer();
    const track = await session.broadcast(toPath(path)).track(name);
    const reading = track.attach({
      group: (group) => {
        const frames: string[] = [];
        viewer.groups.set(group.sequence, frames);
        group.attach({
          frame: (frame) => {
            frames.push(new TextDecoder().decode(frame.payload));
            viewer.bytes += frame.payload.byteLength;
          },
          finished: () => void viewer.finished.push(group.sequence),
          aborted: (error) => void viewer.problems.push(`group ${group.sequence} ${error.code}`),
        });
      },
      dropped: (drop) => void viewer.problems.push(`dropped ${drop.first}-${drop.last} code ${drop.code}`),
      ended: () => {
        viewer.ended = true;
      },
      aborted: (error) => void viewer.problems.push(`track ${error.code}`),
    });
    viewer.#detach = () => reading.detach();
    return viewer;
  }
  leave(): void {
    this.#detach();
  }
}

/** Waits until something holds; a test that waits for what never comes fails by its own timeout. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
