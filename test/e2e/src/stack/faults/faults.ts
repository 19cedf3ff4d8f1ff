import { setTimeout as sleep } from "node:timers/promises";
import { SpawnedImpairment } from "@moqscope/impairment";
import { quicAvailable } from "@moqscope/quic";
import { startBrowserTelemetry } from "@moqscope/telemetry/browser";
import { PacedPublisher, QuicViewer } from "../../support/quic-fleet.ts";
import { expected } from "./expected.ts";
import type { Fault } from "./fault.ts";
import { again, dial } from "./load.ts";
import { crowd, knownSessions, longDays, type World } from "./world.ts";

const quic = quicAvailable();
const storeMissing = ({ disk }: World): string | undefined => (disk ? undefined : "this process may not mount a tmpfs");
const loopback = { host: "127.0.0.1", port: 0 };

export const relayKilled: Fault = {
  ...expected.relayKilled,
  async inject(world) {
    const { process } = world.relay("killed");
    await process.end("SIGKILL");
    return async () => void (await process.begin());
  },
};

export const relayRestarting: Fault = {
  ...expected.relayRestarting,
  async inject(world) {
    const { process } = world.relay("crowded");
    for (let times = 0; times < 3; times++) {
      await process.end("SIGKILL");
      await process.begin();
      // Until it has told how long it is up, and that is longer than what the next one tells first.
      await sleep(3000);
    }
    return () => Promise.resolve();
  },
};

export const certificateShort: Fault = {
  ...expected.certificateShort,
  missing: ({ certificate }) => (certificate ? undefined : "there is no openssl"),
  inject(world) {
    const renew = (days: number): void => {
      world.certificate?.renew(days);
      world.relay("guarded").process.signal("SIGHUP");
    };
    renew(1);
    return Promise.resolve(() => {
      renew(longDays);
      return Promise.resolve();
    });
  },
};

export const tableFull: Fault = {
  ...expected.tableFull,
  missing: storeMissing,
  async inject({ gateways }) {
    const endpoint = `http://127.0.0.1:${gateways.storedIngestPort}`;
    const players = Array.from({ length: 2 * knownSessions }, () =>
      startBrowserTelemetry({ endpoint, intervalMs: 1000, page: () => () => {} }),
    );
    for (const player of players) {
      player.setState("playing");
      player.recorder.counter("moq.client.play_attempts", { outcome: "started", transport: "websocket" }).add(1);
      await player.flush("state");
    }
    return async () => void (await Promise.all(players.map((player) => player.close())));
  },
};

export const publisherKilled: Fault = {
  ...expected.publisherKilled,
  async inject(world) {
    await world.publisher.end("SIGKILL");
    return async () => void (await world.publisher.begin());
  },
};

export const publisherSilent: Fault = {
  ...expected.publisherSilent,
  inject(world) {
    world.publisher.signal("SIGSTOP");
    return Promise.resolve(() => {
      world.publisher.signal("SIGCONT");
      return Promise.resolve();
    });
  },
};

export const packetLoss: Fault = {
  ...expected.packetLoss,
  missing: () => (quic.available ? undefined : quic.reason),
  async inject(world) {
    const { port, url } = world.relay("lossy");
    const publisher = await PacedPublisher.start(url);
    const network = await SpawnedImpairment.start({ to: { ...loopback, port }, udp: loopback });
    const viewers = await Promise.all([1, 2, 3].map(() => QuicViewer.start(network.port)));
    await publisher.subscribed();
    publisher.pace(20, 8000);
    await network.set({ loss: 0.1 });
    return async () => {
      await network.set({ loss: 0 });
      for (const viewer of viewers) viewer.close();
      publisher.close();
      await network.close();
    };
  },
};

export const linkDown: Fault = {
  ...expected.linkDown,
  async inject({ link }) {
    await link.set({ blackhole: true });
    return () => link.set({ blackhole: false });
  },
};

export const storeFull: Fault = {
  ...expected.storeFull,
  missing: storeMissing,
  inject({ disk }) {
    disk?.fill();
    return Promise.resolve(() => {
      disk?.free();
      return Promise.resolve();
    });
  },
};

export const overload: Fault = {
  ...expected.overload,
  async inject(world) {
    const { url } = world.relay("crowded");
    const within = await Promise.all(Array.from({ length: crowd }, () => dial(url)));
    const stop = again(100, async () => (await dial(url)).close());
    return () => {
      stop();
      for (const session of within) session.close();
      return Promise.resolve();
    };
  },
};

export const tokenErrors: Fault = {
  ...expected.tokenErrors,
  inject(world) {
    const { url } = world.relay("guarded");
    const stop = again(100, async () => (await dial(`${url}/${world.door.ended}`)).close());
    return Promise.resolve(() => {
      stop();
      return Promise.resolve();
    });
  },
};

export const reportsRefused: Fault = {
  ...expected.reportsRefused,
  inject({ gateways }) {
    const url = `http://127.0.0.1:${gateways.ingestPort}/v1/metrics`;
    const headers = { "content-type": "application/json" };
    const stop = again(100, () => fetch(url, { method: "POST", headers, body: "{" }));
    return Promise.resolve(() => {
      stop();
      return Promise.resolve();
    });
  },
};

export const collectorAway: Fault = {
  ...expected.collectorAway,
  async inject({ stores }) {
    await stores.end("otelcol");
    return () => stores.begin("otelcol");
  },
};

export const gatewayStopped: Fault = {
  ...expected.gatewayStopped,
  async inject({ gateways }) {
    await gateways.players.end();
    return async () => void (await gateways.players.begin());
  },
};
