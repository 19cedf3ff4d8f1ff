import { type MetricRecord, metrics } from "@moqscope/telemetry";
import fc from "fast-check";
import { expect, test } from "vitest";
import { GatewayError } from "../error.ts";
import { bornMs, CmcdProcess, viewerId } from "../testing/cmcd.ts";
import { FleetProcess } from "../testing/fleet.ts";
import { hostileReport } from "../testing/hostile.ts";

const bodies = 10_000;
/** Each body is sent by so many sessions. */
const sessions = 5;

/** The same body with other session ids, where it still has one. */
function ofSessions(body: string): readonly string[] {
  return Array.from({ length: sessions }, (_, at) =>
    body.replaceAll("an-honest-session-00", `an-honest-session-0${at}`).replaceAll(viewerId, `${viewerId.slice(0, -1)}${at}`),
  );
}

/** Feeds the bodies to the part that merges, as the public face does with what it has unpacked. */
function feed(reports: readonly { readonly path: string; readonly bytes: Uint8Array }[]): {
  readonly fleet: FleetProcess;
  readonly refused: number;
  readonly taken: number;
} {
  const fleet = new FleetProcess("here");
  const viewers = new CmcdProcess({}, fleet);
  let [refused, taken] = [0, 0];
  for (const [path, body] of reports.flatMap(({ path, bytes }) =>
    ofSessions(Buffer.from(bytes).toString()).map((body) => [path, body] as const),
  )) {
    try {
      if (path === "/v1/cmcd") viewers.take(body, taken);
      else fleet.take(body, bornMs + taken);
      taken++;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      refused++;
    }
  }
  viewers.tick(bodies);
  return { fleet, refused, taken };
}

test(`${bodies} hostile bodies add no series outside the registry, nor a value outside its label's set`, () => {
  const reports = fc.sample(hostileReport, { numRuns: bodies / sessions, seed: 20_261_122 });
  const { fleet, refused, taken } = feed(reports);
  expect(refused).toBeGreaterThan(bodies / 4);
  expect(taken).toBeGreaterThan(bodies / 20);
  fleet.state();
  const records: Readonly<Record<string, MetricRecord | undefined>> = metrics;
  for (const { shape } of fleet.store.all()) {
    const record = records[shape.name];
    expect(record !== undefined && shape.name.startsWith("moq.client."), shape.name).toBe(true);
    expect(Object.keys(shape.attributes).toSorted()).toEqual(Object.keys(record?.attributes ?? {}).toSorted());
    for (const [key, value] of Object.entries(shape.attributes)) {
      const set = record?.attributes[key];
      expect(set?.kind === "closed" ? set.values : ["other"], `${shape.name} ${key}`).toContain(value);
    }
  }
}, 60_000);
