import { LiteError, LiteErrorCode } from "../error.ts";
import type { Codec } from "./codec.ts";
import { Cursor, decodeUtf8 } from "./cursor.ts";
import { WireLimits } from "./limits.ts";
import { Sink } from "./sink.ts";

/** Parameter ids of SETUP (moq-lite §7). */
export const SetupParameter = { probe: 0x1n, path: 0x2n, role: 0x3n, origin: 0x5n, node: 0x4e4f4445n, traceparent: 0x54524143n } as const;
/** Bytes of a `traceparent`; of another length it is none. */
const traceparentBytes = 55;
/** Bytes of a node's name; a longer one is none. */
const nodeBytes = 255;
/** What the sender of SETUP can answer on a Probe stream. */
export const ProbeLevel = { none: 0, report: 1, increase: 2 } as const;

/** SETUP (05); an absent field was not sent. */
export interface Setup {
  readonly probe?: number;
  /** Only on bindings without a URL. */
  readonly path?: string;
  /** 0 both, 1 publisher, 2 subscriber. */
  readonly role?: number;
  /** The sender's hop id. */
  readonly origin?: bigint;
  /** W3C trace context of the sender, as it stands; ours alone, and odd, so that legacy SETUP carries it too. */
  readonly traceparent?: string;
  /** Name of the sender in its cluster; ours alone. */
  readonly node?: string;
}
export const Setup: Codec<Setup> = {
  encode(sink, setup) {
    const parameters: [bigint, Uint8Array][] = [];
    if (setup.probe !== undefined) parameters.push([SetupParameter.probe, new Sink(8).varint(setup.probe).finish()]);
    if (setup.path !== undefined) parameters.push([SetupParameter.path, new TextEncoder().encode(setup.path)]);
    if (setup.role !== undefined) parameters.push([SetupParameter.role, new Sink(8).varint(setup.role).finish()]);
    if (setup.origin !== undefined) parameters.push([SetupParameter.origin, new Sink(8).varint(setup.origin).finish()]);
    if (setup.traceparent !== undefined) parameters.push([SetupParameter.traceparent, new TextEncoder().encode(setup.traceparent)]);
    if (setup.node !== undefined) parameters.push([SetupParameter.node, new TextEncoder().encode(setup.node)]);
    sink.varint(parameters.length);
    for (const [id, value] of parameters) sink.varint(id).varint(value.byteLength).bytes(value);
  },
  decode(cursor) {
    const count = cursor.varint();
    if (count > WireLimits.setupParameters)
      throw new LiteError(LiteErrorCode.boundsExceeded, `${count} SETUP parameters; the limit is ${WireLimits.setupParameters}`);
    const values = new Map<bigint, Uint8Array>();
    for (let i = 0; i < count; i++) {
      const id = cursor.varint62();
      if (values.has(id)) throw new LiteError(LiteErrorCode.protocolViolation, `SETUP parameter ${id} is given twice`);
      values.set(id, cursor.bytes(cursor.varint()));
    }
    const probe = numeric(values.get(SetupParameter.probe));
    const path = values.get(SetupParameter.path);
    const role = numeric(values.get(SetupParameter.role));
    const origin = numeric(values.get(SetupParameter.origin));
    return {
      ...(probe === undefined ? {} : { probe: Number(probe < 2n ? probe : 2n) }),
      ...(path === undefined || path.byteLength === 0 ? {} : { path: decodeUtf8(path) }),
      ...(role === undefined ? {} : { role: Number(role < 3n ? role : 0n) }),
      ...(origin === undefined || origin === 0n ? {} : { origin }),
      ...traceparentOf(values.get(SetupParameter.traceparent)),
      ...nodeOf(values.get(SetupParameter.node)),
    };
  },
};

/** What is no `traceparent` by its form is left out: never an error. */
export function traceparentOf(value: Uint8Array | undefined): { readonly traceparent?: string } {
  if (value?.byteLength !== traceparentBytes || !value.every((byte) => byte < 0x80)) return {};
  return { traceparent: decodeUtf8(value) };
}
function nodeOf(value: Uint8Array | undefined): { readonly node?: string } {
  return value === undefined || value.byteLength === 0 || value.byteLength > nodeBytes ? {} : { node: decodeUtf8(value) };
}
function numeric(value: Uint8Array | undefined): bigint | undefined {
  if (value === undefined) return undefined;
  const cursor = new Cursor(value);
  const number = cursor.varint62();
  cursor.end();
  return number;
}
