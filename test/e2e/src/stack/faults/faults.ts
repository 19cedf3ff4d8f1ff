import { SpawnedImpairment } from "@moqscope/impairment";
import { quicAvailable } from "@moqscope/quic";
import { PacedPublisher, QuicViewer } from "../../support/quic-fleet.ts";
import { expected } from "./expected.ts";
import type { Fault } from "./fault.ts";
import { again, dial } from "./load.ts";
import { crowd } from "./world.ts";

const quic = quicAvailable();
const loopback = { host: "127.0.0.1", port: 0 };

export const relayKilled: Fault = {
  ...expected.relayKilled,
  async inject(world) {
    const { process } = world.relay("killed");
    await process.end("SIGKILL");
    return async () => void (await process.begin());
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
  missing: ({ disk }) => (disk ? undefined : "this process may not mount a tmpfs"),
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
