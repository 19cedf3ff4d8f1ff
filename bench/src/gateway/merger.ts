import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gunzipSync } from "node:zlib";
import { FleetProcess } from "../../../packages/gateway/src/testing/fleet.ts";
import { histogram, playerResource, request, sum } from "../../../packages/gateway/src/testing/otlp-json.ts";
import type { Entrant, FromMerger, ToMerger } from "./messages.ts";
import { readRecording } from "./recording.ts";
import { StringMap } from "./reference.ts";
import { packed, sessionId, type Template, templates, written } from "./replay.ts";

const intervalMs = 10_000;
/** Sessions that report side by side. */
const abreast = 2_000;
const packedAbreast = 200;
const sessions = templates(await readRecording());
const longest = Math.max(...sessions.map((session) => session.length));
const tell = (message: FromMerger): void => void process.send?.(message);

/** Reports of many sessions, each from its first to its last, side by side; new sessions follow. */
function* replay(count: number): Generator<{ readonly template: Template; readonly id: string; readonly nowMs: number }> {
  let nowMs = Date.now();
  for (let pass = 0; ; pass++) {
    const ids = Array.from({ length: count }, (_, session) => sessionId(pass, session));
    for (let step = 0; step < longest; step++) {
      nowMs += intervalMs;
      for (const [session, id] of ids.entries()) {
        const template = sessions[session % sessions.length]?.[step];
        if (template !== undefined) yield { template, id, nowMs };
      }
    }
  }
}

/** What each entrant does with a report. */
function worker(entrant: Entrant): () => void {
  if (entrant === "reference") {
    const map = new StringMap();
    const reports = replay(abreast);
    return () => {
      const { template, id } = reports.next().value as { template: Template; id: string };
      map.take(written(template, id));
    };
  }
  const fleet = new FleetProcess("bench", { sessions: 20_000 });
  const take = (body: Uint8Array, template: Template, nowMs: number): void => {
    const context = { broadcast: "demo.hang", country: "DE", userAgent: template.headers["user-agent"] ?? "" };
    const answer = fleet.takeBytes(body, nowMs, { context });
    if (answer.isResync || answer.partial.rejected > 0) throw new Error("a recorded report was refused");
  };
  let tickedMs = 0;
  const tick = (nowMs: number): void => {
    if (nowMs === tickedMs) return;
    tickedMs = nowMs;
    fleet.fleet.tick(nowMs);
  };
  if (entrant === "ours") {
    const reports = replay(abreast);
    return () => {
      const { template, id, nowMs } = reports.next().value as { template: Template; id: string; nowMs: number };
      tick(nowMs);
      take(written(template, id), template, nowMs);
    };
  }
  return packedWorker(take, tick);
}

/** Bodies as they were on the wire, packed beforehand; each pass over them is of another gateway's sessions. */
function packedWorker(take: (body: Uint8Array, template: Template, nowMs: number) => void, tick: (nowMs: number) => void): () => void {
  const reports = replay(packedAbreast);
  const ready: { readonly bytes: Uint8Array; readonly template: Template; readonly nowMs: number }[] = [];
  return () => {
    if (ready.length === 0) fill();
    const { bytes, template, nowMs } = ready.pop() as (typeof ready)[number];
    tick(nowMs);
    take(template.isPacked ? gunzipSync(bytes, { maxOutputLength: 262_144 }) : bytes, template, nowMs);
  };
  function fill(): void {
    const began = process.cpuUsage();
    for (let index = 0; index < 2_000; index++) {
      const { template, id, nowMs } = reports.next().value as { template: Template; id: string; nowMs: number };
      ready.push({ bytes: packed(template, id), template, nowMs });
    }
    ready.reverse();
    const { user, system } = process.cpuUsage(began);
    notCounted += (user + system) / 1e6;
  }
}

/** CPU seconds of this turn that packing took, which players do. */
let notCounted = 0;
const workers = new Map<Entrant, () => void>();

function turn(entrant: Entrant, seconds: number): number {
  let work = workers.get(entrant);
  if (work === undefined) workers.set(entrant, (work = worker(entrant)));
  notCounted = 0;
  const began = process.cpuUsage();
  let done = 0;
  let cpu = 0;
  while (cpu < seconds) {
    for (let index = 0; index < 100; index++) work();
    done += 100;
    const { user, system } = process.cpuUsage(began);
    cpu = (user + system) / 1e6 - notCounted;
  }
  return done / cpu;
}

/** Bytes that a session of so many points takes, half of them histograms, in heap and outside of it. */
function memory(count: number, points: number): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = (): number => {
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const nowMs = Date.now();
  const fleet = new FleetProcess("bench", { sessions: count + 1 });
  const times = { startMs: nowMs - intervalMs, timeMs: nowMs };
  const all = pointsOf(fleet, points, times);
  const bodyOf = (id: string): Uint8Array =>
    Buffer.from(JSON.stringify(request(playerResource({ sessionId: id, sequence: 1, acked: 0 }), all as never)));
  const body = Buffer.from(bodyOf(sessionId(0, 0)));
  const idAt = body.indexOf(sessionId(0, 0));
  fleet.takeBytes(body, nowMs);
  const before = used();
  for (let session = 1; session <= count; session++) {
    body.write(sessionId(1, session), idAt, "latin1");
    fleet.takeBytes(body, nowMs);
  }
  const bytes = (used() - before) / count;
  const [view] = fleet.fleet.views.newest(1);
  if (fleet.table.size !== count + 1 || view?.points.length !== points) throw new Error(`a session has ${view?.points.length} points`);
  return bytes;
}

/** Counters and histograms in turn, of all metrics that a player sends. Histograms have observations in four buckets. */
function pointsOf(fleet: FleetProcess, count: number, times: { readonly startMs: number; readonly timeMs: number }): unknown[] {
  const places = fleet.fleet.vocabulary.places.filter(({ metric }) => metric.service === "moq-player");
  const counters = places.filter(({ metric }) => metric.bounds === undefined).slice(0, Math.ceil(count / 2));
  const histograms = places.filter(({ metric }) => (metric.bounds?.length ?? 0) >= 12).slice(0, Math.floor(count / 2));
  return [
    ...counters.map(({ metric, labels }, index) => sum(metric.name, index % 2 === 0 ? 40 + index : 3.1 + index / 7, labels, times)),
    ...histograms.map(({ metric, labels }) => {
      const bounds = metric.bounds ?? [];
      return histogram(
        metric.name,
        [2, 3, 3, 4, 4, 4, 5].map((at) => (bounds[at] ?? 1) * 0.999),
        labels,
        times,
      );
    }),
  ];
}

process.on("message", (message) => {
  const asked = message as ToMerger;
  switch (asked.kind) {
    case "turn":
      return tell({ kind: "turn", perSecond: turn(asked.entrant, asked.seconds) });
    case "memory":
      return tell({ kind: "memory", bytes: memory(asked.sessions, asked.points), points: asked.points });
  }
});
tell({ kind: "ready" });
