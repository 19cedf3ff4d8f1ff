import type { SessionState } from "@moqscope/telemetry";
import { reportAttributes as names, sets } from "@moqscope/telemetry";
import { isSessionId, type ReportHead } from "./head.ts";
import { array, arrayEnd, keyNames, nextKey, object, objectEnd, once, passKey } from "./json-keys.ts";
import { declined, type JsonScanner } from "./json-scanner.ts";
import { sessionServices } from "./session-columns.ts";
import type { FleetService } from "./vocabulary.ts";
import { Words } from "./words.ts";

const resourceNames = Object.values(names);
const resourceKeys = new Words(resourceNames);
const services = new Words(sessionServices);
const states = new Words(sets.sessionState.values);

/** What a resource says while it is read. */
interface Draft {
  service: FleetService | undefined;
  sessionId: string | undefined;
  sequence: number | undefined;
  acked: number | undefined;
  elapsedMs: number;
  state: SessionState;
  isFinal: boolean;
}

/** Reads the resource of a report. Throws `declined` where it is not all that the wire contract says of a player's. */
export function readJsonHead(scan: JsonScanner): ReportHead {
  const draft: Draft = {
    service: undefined,
    sessionId: undefined,
    sequence: undefined,
    acked: undefined,
    elapsedMs: 0,
    state: "other",
    isFinal: false,
  };
  let seen = 0;
  if (!scan.open(object)) throw declined;
  passKey(scan, "attributes");
  for (let more = scan.open(array); more; more = scan.more(arrayEnd)) seen = readPair(scan, draft, seen);
  if (scan.more(objectEnd)) throw declined;
  return headOf(draft);
}

function readPair(scan: JsonScanner, draft: Draft, seen: number): number {
  if (!scan.open(object)) throw declined;
  passKey(scan, "key");
  scan.string();
  const index = resourceKeys.find(scan.bytes, scan);
  if (!scan.more(objectEnd)) throw declined;
  passKey(scan, "value");
  if (!scan.open(object)) throw declined;
  const kind = keyNames[nextKey(scan)];
  if (index >= 0) readValue(scan, { name: resourceNames[index], kind }, draft);
  // what the contract does not name is not kept, whatever it says
  else if (kind === "stringValue") scan.string();
  else throw declined;
  if (scan.more(objectEnd) || scan.more(objectEnd)) throw declined;
  return index < 0 ? seen : once(seen, index);
}

interface Told {
  readonly name: string | undefined;
  readonly kind: string | undefined;
}

function readValue(scan: JsonScanner, told: Told, draft: Draft): void {
  if (told.kind === "stringValue") readText(scan, told, draft);
  else if (told.kind === "intValue") readWhole(scan, told, draft);
  else if (told.kind === "boolValue" && told.name === names.final) draft.isFinal = scan.boolean();
  else throw declined;
}

function readText(scan: JsonScanner, { name }: Told, draft: Draft): void {
  if (name === names.service) draft.service = sessionServices[scan.word(services)];
  else if (name === names.state) draft.state = sets.sessionState.values[scan.word(states)] ?? "other";
  else if (name === names.session) {
    scan.string();
    draft.sessionId = scan.text();
  } else throw declined;
}

function readWhole(scan: JsonScanner, { name }: Told, draft: Draft): void {
  if (name === names.sequence) draft.sequence = scan.whole();
  else if (name === names.acked) draft.acked = scan.whole();
  else if (name === names.elapsedMs) draft.elapsedMs = scan.whole();
  else throw declined;
}

function headOf({ service, sessionId, sequence, acked, elapsedMs, state, isFinal }: Draft): ReportHead {
  if (service === undefined || !isSessionId(sessionId) || sequence === undefined || sequence < 1 || acked === undefined) throw declined;
  return { service, sessionId, order: { sequence, acked }, elapsedMs, state, isFinal };
}
