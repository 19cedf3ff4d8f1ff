import { LiteError, LiteErrorCode } from "../error.ts";
import type { Codec } from "./codec.ts";
import { type Cursor, decodeUtf8 } from "./cursor.ts";
import { WireLimits } from "./limits.ts";
import { SetupParameter, traceparentOf } from "./setup.ts";
import { Sink } from "./sink.ts";

/** Type of the server's answer, on the stream that the client's 0x20 opened (moq-lite §8). */
export const legacyServerSetup = 0x21;
const implementation = 0x07n;
/** On raw QUIC only, where there is no URL. */
const legacyPath = 0x01n;

/** What both sides may say of themselves. */
export interface LegacyParameters {
  /** Name of the peer's software, for people. */
  readonly implementation?: string;
  readonly traceparent?: string;
  /** Path and query, where the transport has no URL. */
  readonly path?: string;
}
/** SETUP of a client (01, 02): the codes of the versions that it speaks, the one it likes best first. */
export interface LegacyClientSetup extends LegacyParameters {
  readonly versions: readonly number[];
}
export const LegacyClientSetup: Codec<LegacyClientSetup> = {
  encode(sink, setup) {
    sink.varint(setup.versions.length);
    for (const version of setup.versions) sink.varint(version);
    encodeParameters(sink, setup);
  },
  decode(cursor) {
    const count = cursor.varint();
    if (count > WireLimits.setupVersions)
      throw new LiteError(LiteErrorCode.boundsExceeded, `${count} versions; the limit is ${WireLimits.setupVersions}`);
    const versions = Array.from({ length: count }, () => cursor.clamped());
    return { versions, ...decodeParameters(cursor) };
  },
};

/** SETUP of a server (01, 02): the version that it chose. */
export interface LegacyServerSetup extends LegacyParameters {
  readonly version: number;
}
export const LegacyServerSetup: Codec<LegacyServerSetup> = {
  encode(sink, setup) {
    encodeParameters(sink.varint(setup.version), setup);
  },
  decode(cursor) {
    return { version: cursor.clamped(), ...decodeParameters(cursor) };
  },
};

/** The message as it stands on the stream: type, two bytes of length, body. */
export function encodeLegacySetup<T>(type: number, codec: Codec<T>, message: T): Uint8Array {
  const body = new Sink();
  codec.encode(body, message);
  return new Sink(body.length + 10)
    .varint(type)
    .u8(body.length >> 8)
    .u8(body.length)
    .bytes(body.finish())
    .finish();
}

function encodeParameters(sink: Sink, parameters: LegacyParameters): void {
  const texts = [
    [legacyPath, parameters.path],
    [implementation, parameters.implementation],
    [SetupParameter.traceparent, parameters.traceparent],
  ] as const;
  const given = texts.filter(([, text]) => text !== undefined);
  sink.varint(given.length);
  for (const [id, text] of given) sink.varint(id).string(text ?? "");
}
/** An even id has one varint for its value, an odd one bytes with their length. */
function decodeParameters(cursor: Cursor): LegacyParameters {
  const count = cursor.varint();
  if (count > WireLimits.setupParameters)
    throw new LiteError(LiteErrorCode.boundsExceeded, `${count} SETUP parameters; the limit is ${WireLimits.setupParameters}`);
  const values = new Map<bigint, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const id = cursor.varint62();
    if (id % 2n === 0n) cursor.varint62();
    else values.set(id, cursor.bytes(cursor.varint()));
  }
  const name = values.get(implementation);
  const path = values.get(legacyPath);
  return {
    ...(path === undefined || path.byteLength === 0 ? {} : { path: decodeUtf8(path) }),
    ...(name === undefined ? {} : { implementation: new TextDecoder().decode(name) }),
    ...traceparentOf(values.get(SetupParameter.traceparent)),
  };
}
