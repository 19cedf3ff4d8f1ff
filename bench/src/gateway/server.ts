import { monitorEventLoopDelay } from "node:perf_hooks";
import { createGateway } from "@moqscope/gateway";
import type { FromServer, ToServer } from "./messages.ts";

const loopback = { host: "127.0.0.1", port: 0 };
const resolutionMs = 5;
const tell = (message: FromServer): void => void process.send?.(message);

const gateway = await createGateway({
  ingestListen: loopback,
  otlpListen: loopback,
  consoleListen: loopback,
  reportIntervalMs: 10_000,
  fleetLimits: { sessions: 200_000 },
  // what one machine may send is no question here
  ingestLimits: { perSecond: 1e6, sessionsHeld: 400_000 },
});
const delay = monitorEventLoopDelay({ resolution: resolutionMs });
delay.enable();
let began = process.cpuUsage();

process.on("message", (message) => {
  const { kind } = message as ToServer;
  if (kind !== "cost") return;
  const { user, system } = process.cpuUsage(began);
  const loopDelayP99Ms = Math.max(0, delay.percentile(99) / 1e6 - resolutionMs);
  tell({ kind: "cost", cpuSeconds: (user + system) / 1e6, loopDelayP99Ms, ingestP99Ms: undefined });
  began = process.cpuUsage();
  delay.reset();
});
process.on("disconnect", () => void gateway.close());
tell({ kind: "listening", ingestUrl: gateway.ingestUrl, consoleUrl: gateway.consoleUrl, id: gateway.id });
