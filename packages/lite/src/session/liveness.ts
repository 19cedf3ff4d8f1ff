import { LiteError, LiteErrorCode } from "../error.ts";
import type { Path } from "../model/path.ts";
import { type BidiStream, ControlPriority } from "../transport/transport.ts";
import { announceRequest } from "../wire/announce.ts";
import { WireCode } from "../wire/code.ts";
import { encodeMessage } from "../wire/codec.ts";
import { BidiType } from "../wire/stream-type.ts";
import { hasAnnounceInit, hasAnnounceOk } from "../wire/version.ts";
import type { Context } from "./context.ts";
import { abandon } from "./errors.ts";

const lookMs = 100;
/** Silence that is worth a question; doubled up to `longestSilenceMs` while nothing but answers comes. */
const silenceMs = 500;
const longestSilenceMs = 5000;
/** How long questions may stay unanswered; longer on a link whose answers took longer. */
const answerMs = 1100;
const answerRoundTrips = 4;
const askAgainMs = 250;
/** A look that comes so much late tells of us, not of the peer: the page or process was held up, and what came meanwhile is seen next. */
const lateMs = 200;
/** Asked at the start, to learn whether the peer answers at all and how fast; as many answers are remembered, and the fastest counts. */
const trials = 3;

export interface LivenessOptions {
  /** Where media is expected now. */
  readonly subscribed: () => Path | undefined;
}

/**
 * Notices in about two seconds that a peer is gone without a word, where the transport would take 30 (UDP that is dropped, seen from a
 * browser). Only while something is subscribed: after 500 ms without a byte it asks what every peer answers at once, and again every
 * 250 ms; with no byte received for 1.1 s more, or four of its usual round trips, the peer is gone. It never judges a peer that has
 * not answered such a question before, so one that does not know the question is safe; a quiet broadcast costs a question in 5 s.
 */
export class Liveness {
  readonly #context: Context;
  readonly #options: LivenessOptions;
  readonly #asked = new Set<BidiStream>();
  #cancel = (): void => {};
  #nextLookMs = 0;
  #received = 0;
  #heardMs = 0;
  #silenceMs = silenceMs;
  #askedMs = Number.NEGATIVE_INFINITY;
  /** Since when questions are unanswered. */
  #doubtMs: number | undefined;
  #roundTripsMs: readonly number[] = [];
  #trials = 0;
  #over = false;
  constructor(context: Context, options: LivenessOptions) {
    this.#context = context;
    this.#options = options;
  }
  start(): void {
    void this.#context.transport.closed.then(() => this.#stop()); // Never rejects.
    this.#heardMs = this.#context.clock.now();
    this.#again();
  }
  #stop(): void {
    this.#over = true;
    this.#cancel();
  }
  #again(): void {
    const { clock } = this.#context;
    this.#nextLookMs = clock.now() + lookMs;
    this.#cancel = clock.after(lookMs, () => this.#look());
  }
  #look(): void {
    const { clock, transport } = this.#context;
    const now = clock.now();
    const { bytesReceived } = transport.stats();
    if (bytesReceived !== this.#received) this.#heard(now, bytesReceived);
    const path = this.#options.subscribed();
    if (path === undefined) this.#heardMs = now;
    else if (now - this.#nextLookMs > lateMs) this.#overslept(now - this.#nextLookMs);
    else this.#judge(now, path);
    if (!this.#over) this.#again();
  }
  /** The time in which we did not run is nobody's silence. */
  #overslept(forMs: number): void {
    if (this.#doubtMs !== undefined) this.#doubtMs += forMs;
  }
  #heard(now: number, bytesReceived: number): void {
    const unasked = now - this.#askedMs > this.#patienceMs;
    if (unasked) this.#silenceMs = silenceMs;
    else if (this.#doubtMs !== undefined) this.#silenceMs = Math.min(longestSilenceMs, 2 * this.#silenceMs);
    this.#received = bytesReceived;
    this.#heardMs = now;
    this.#doubtMs = undefined;
  }
  #judge(now: number, path: Path): void {
    if (this.#trials < trials && now - this.#askedMs >= answerMs) {
      this.#trials++;
      this.#askPeer(now, path);
    }
    if (!this.#answers) return;
    if (now - this.#heardMs < this.#silenceMs) return;
    if (this.#doubtMs !== undefined && now - this.#doubtMs >= this.#patienceMs && this.#asked.size > 0) return this.#gone(now);
    if (now - this.#askedMs < askAgainMs) return;
    this.#doubtMs ??= now;
    this.#askPeer(now, path);
  }
  get #answers(): boolean {
    return this.#roundTripsMs.length > 0;
  }
  get #patienceMs(): number {
    return Math.max(answerMs, this.#answers ? answerRoundTrips * Math.min(...this.#roundTripsMs) : 0);
  }
  #gone(now: number): void {
    this.#stop();
    this.#context.transport.close(WireCode.timeout, `nothing received for ${Math.round(now - this.#heardMs)} ms`);
  }
  #askPeer(now: number, path: Path): void {
    this.#askedMs = now;
    void this.#ask(path, now); // Never rejects.
  }
  /** One question: any answer will do, an end or a refusal too. */
  async #ask(path: Path, sentMs: number): Promise<void> {
    const { transport, clock } = this.#context;
    try {
      const stream = await transport.openBidi({ priority: ControlPriority });
      this.#asked.add(stream);
      let gaveUp = false;
      const cancel = clock.after(this.#patienceMs, () => {
        gaveUp = true;
        stream.receive.stop(WireCode.cancel);
      });
      stream.send.write(...this.#question(path));
      const answered = await isAnswered(stream);
      cancel();
      this.#asked.delete(stream);
      abandon(stream, givenUp);
      if (answered && !gaveUp) this.#answered(sentMs);
    } catch {
      // No stream: the session is over, or the peer gives no credit for one, and then nothing was asked.
    }
  }
  #answered(sentMs: number): void {
    // A page that is busy starting up answers itself late: that is no round trip.
    this.#roundTripsMs = [...this.#roundTripsMs, this.#context.clock.now() - sentMs].slice(-trials);
  }
  /**
   * What a peer answers at once whatever it has: the announcements below the path (05: ANNOUNCE_OK; 01, 02: ANNOUNCE_INIT), or
   * what it measures of the link (03, 04).
   */
  #question(path: Path): Uint8Array[] {
    const { version, hop } = this.#context;
    if (!hasAnnounceOk(version) && !hasAnnounceInit(version)) return [Uint8Array.of(BidiType.probe)];
    return [Uint8Array.of(BidiType.announce), encodeMessage(announceRequest(version), { prefix: path, exclude: hop })];
  }
}

const givenUp = new LiteError(LiteErrorCode.cancelled, "the answer has come, or is not waited for");

/** Whether the peer said anything. */
async function isAnswered({ receive }: BidiStream): Promise<boolean> {
  try {
    await receive.read();
    return true;
  } catch (error) {
    return error instanceof LiteError && error.code === LiteErrorCode.streamReset;
  }
}
