import type { Clock } from "../clock.ts";
import { LiteError, LiteErrorCode } from "../error.ts";
import { type BidiStream, ControlPriority, type Transport } from "../transport/transport.ts";
import { WireCode } from "../wire/code.ts";
import { decodeBody, encodeMessage } from "../wire/codec.ts";
import { encodeLegacySetup, LegacyClientSetup, type LegacyParameters, LegacyServerSetup, legacyServerSetup } from "../wire/legacy-setup.ts";
import { ProbeLevel, Setup } from "../wire/setup.ts";
import { BidiType, UniType } from "../wire/stream-type.ts";
import { hasSetupStream, legacySetupProtocol, setupVersions, usesLegacySetup, type Version, versionOf } from "../wire/version.ts";
import { toLiteError } from "./errors.ts";
import { answersProbe } from "./probe-server.ts";
import type { PeerSetup } from "./session.ts";
import { StreamReader } from "./stream-reader.ts";

export interface HandshakeOptions {
  readonly transport: Transport;
  readonly role: "client" | "server";
  readonly clock: Clock;
  readonly setupMs: number;
  readonly hop: bigint;
  readonly traceparent: string | undefined;
  readonly path: string | undefined;
  readonly node: string | undefined;
  readonly fail: (error: LiteError) => void;
}
/** What we call ourselves in legacy SETUP. */
const implementation = "moqscope";

/** The start of a session: the version, by name or by legacy SETUP (moq-lite §8), and what the peer says of itself (§7). */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #legacy: boolean;
  readonly #negotiated = Promise.withResolvers<Version>();
  readonly #ready = Promise.withResolvers<PeerSetup>();
  #version: Version | undefined;
  #seen = false;
  #cancel = (): void => {};
  /** @throws LiteError `version_mismatch` if the transport negotiated a protocol that is not spoken here. */
  constructor(options: HandshakeOptions) {
    const { protocol } = options.transport;
    this.#options = options;
    this.#version = versionOf(protocol);
    this.#legacy = usesLegacySetup(protocol);
    if (!this.#version && !this.#legacy)
      throw new LiteError(LiteErrorCode.versionMismatch, `application protocol "${protocol}" is not spoken here`);
    this.negotiated.catch(() => {}); // `ready`, and the session's `closed`, tell the same.
    this.ready.catch(() => {}); // The session's `closed` tells the same.
  }
  /** `undefined` until legacy SETUP has said it. */
  get version(): Version | undefined {
    return this.#version;
  }
  /** What to call the version now. */
  get versionName(): string {
    return this.#version ?? legacySetupProtocol;
  }
  /** Settles when streams may be opened; rejects if the session ends before. */
  get negotiated(): Promise<Version> {
    return this.#negotiated.promise;
  }
  /** Settles when the peer has said what there is to say; rejects if the session ends before. */
  get ready(): Promise<PeerSetup> {
    return this.#ready.promise;
  }
  start(): void {
    const { clock, setupMs, fail, role } = this.#options;
    if (this.#version) this.#negotiated.resolve(this.#version);
    if (this.#version && !hasSetupStream(this.#version)) return this.#ready.resolve({ version: this.#version });
    this.#cancel = clock.after(setupMs, () => fail(new LiteError(LiteErrorCode.timeout, `no SETUP within ${setupMs} ms`)));
    if (!this.#legacy)
      void this.#sendSetup(); // Fails only with the transport, which `closed` tells.
    else if (role === "client") void this.#askLegacy(); // Tells `fail`; never rejects.
  }
  /** The session is over. */
  end(error: LiteError): void {
    this.#cancel();
    this.#negotiated.reject(error);
    this.#ready.reject(error);
  }
  /** Reads the peer's SETUP stream (05). @throws LiteError `protocol_violation` for a second one. */
  async receive(reader: StreamReader): Promise<void> {
    this.#once();
    const { probe, origin, role, traceparent, path, node } = await reader.expect(Setup);
    this.#settle({
      version: this.versionName,
      ...(probe === undefined ? {} : { probe }),
      ...(role === 1 || role === 2 ? { role } : {}),
      ...(origin === undefined ? {} : { origin }),
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(path === undefined ? {} : { path }),
      ...(node === undefined ? {} : { node }),
    });
    await reader.drain();
  }
  /** Answers a client's legacy SETUP; the stream stays open as long as the session. @throws LiteError */
  async serveLegacy(stream: BidiStream, reader: StreamReader): Promise<void> {
    if (!this.#legacy || this.#options.role !== "server")
      throw new LiteError(LiteErrorCode.unsupported, "legacy SETUP does not belong here", { wireCode: WireCode.unexpectedStream });
    this.#once();
    const setup = decodeBody(LegacyClientSetup, await legacyBody(reader));
    const chosen = setup.versions.flatMap((code) => setupVersions.find((known) => known.code === code) ?? [])[0];
    if (!chosen) return this.#options.fail(noVersion(setup.versions));
    stream.send.write(encodeLegacySetup(legacyServerSetup, LegacyServerSetup, { version: chosen.code, implementation }));
    this.#negotiate(chosen.version, setup);
    await reader.drain();
  }
  async #askLegacy(): Promise<void> {
    const { transport, fail } = this.#options;
    let reader: StreamReader;
    try {
      const stream = await transport.openBidi({ priority: ControlPriority });
      const versions = setupVersions.map(({ code }) => code);
      const setup = { versions, implementation, ...this.#told() };
      stream.send.write(encodeLegacySetup(BidiType.legacySetup, LegacyClientSetup, setup));
      reader = new StreamReader(stream.receive);
      const type = await reader.varint();
      if (type !== legacyServerSetup) throw new LiteError(LiteErrorCode.protocolViolation, `SETUP was answered by ${type ?? "nothing"}`);
      const answer = decodeBody(LegacyServerSetup, await legacyBody(reader));
      const chosen = setupVersions.find(({ code }) => code === answer.version);
      if (!chosen) return fail(noVersion([answer.version]));
      this.#negotiate(chosen.version, answer);
    } catch (cause) {
      return fail(toLiteError(cause));
    }
    try {
      await reader.drain();
    } catch {
      // What may follow (SESSION_INFO), and how that stream ends, is of no use to us.
    }
  }
  async #sendSetup(): Promise<void> {
    const { transport, hop, node } = this.#options;
    try {
      const stream = await transport.openUni({ priority: ControlPriority });
      const probe = answersProbe(transport) ? { probe: ProbeLevel.report } : {};
      const setup = { ...probe, origin: hop, ...this.#told(), ...(node === undefined ? {} : { node }) };
      stream.write(Uint8Array.of(UniType.setup), encodeMessage(Setup, setup));
      stream.finish();
    } catch {
      // The transport is gone: `closed` and `ready` tell it.
    }
  }
  /** What the options have us say, in every form of SETUP. */
  #told(): { readonly traceparent?: string; readonly path?: string } {
    const { traceparent, path } = this.#options;
    return { ...(traceparent === undefined ? {} : { traceparent }), ...(path === undefined ? {} : { path }) };
  }
  #negotiate(version: Version, { implementation: name, traceparent, path }: LegacyParameters): void {
    this.#version = version;
    this.#negotiated.resolve(version);
    this.#settle({
      version,
      ...(name === undefined ? {} : { implementation: name }),
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(path === undefined ? {} : { path }),
    });
  }
  #settle(setup: PeerSetup): void {
    this.#cancel();
    this.#ready.resolve(setup);
  }
  #once(): void {
    if (this.#seen) throw new LiteError(LiteErrorCode.protocolViolation, "SETUP came twice");
    this.#seen = true;
  }
}

/** The body behind two bytes of length. */
async function legacyBody(reader: StreamReader): Promise<Uint8Array> {
  const [high = 0, low = 0] = await reader.bytes(2);
  return reader.bytes(high * 256 + low);
}
function noVersion(codes: readonly number[]): LiteError {
  const list = codes.slice(0, 8).map((code) => `0x${code.toString(16)}`);
  return new LiteError(LiteErrorCode.versionMismatch, `none of the versions ${list.join(", ")} is spoken here`);
}
