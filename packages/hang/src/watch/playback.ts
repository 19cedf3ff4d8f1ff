import { type Broadcast, type Clock, type Session, systemClock, type TransportChoice } from "@moqscope/lite";
import type { Catalog } from "../catalog/types.ts";
import { HangError, HangErrorCode } from "../error.ts";
import { errorType } from "../measure/error-type.ts";
import { transportLabel } from "../measure/transport-label.ts";
import { readCatalog } from "../read/read-catalog.ts";
import { type Link, openRelayLink } from "./link/link.ts";
import { playerMeter } from "./link/meter.ts";
import { Accounts } from "./measure/accounts.ts";
import { Attempt, offlineGraceMs } from "./measure/attempt.ts";
import { type ConnectionReport, tellConnection } from "./measure/connection-report.ts";
import { isFatal, isGone, tellError } from "./measure/errors.ts";
import type { EndReason, SwitchTrigger } from "./measure/instruments.ts";
import { Network } from "./measure/network.ts";
import { sampleSecond } from "./measure/sampler.ts";
import { tellSessionEnd } from "./measure/session-end.ts";
import { tellStall } from "./measure/stall-report.ts";
import { MediaTally } from "./measure/tally.ts";
import { openWebAudio } from "./media/audio-output.ts";
import { webCodecs } from "./media/platform.ts";
import { switchDirection } from "./media/rendition.ts";
import { giveUpMs, type PlaybackOptions } from "./options.ts";
import { Stage } from "./stage.ts";
import type { LinkState, PlayerState } from "./stats.ts";
import { Ticker } from "./timing/ticker.ts";
import type { Rendition } from "./tracks.ts";

/** One playback session: from its first play instruction to its end, with one connection, any pauses, and its accounts. */
export class Playback {
  readonly stage: Stage;
  readonly tallies: { readonly video: MediaTally; readonly audio: MediaTally };
  readonly accounts: Accounts;
  readonly #options: PlaybackOptions;
  readonly #clock: Clock;
  readonly #epochMs: () => number;
  readonly #ticker: Ticker;
  readonly #network: Network;
  #state: PlayerState = "paused";
  #linkState: LinkState = "closed";
  #link: Link | undefined;
  #session: Session | undefined;
  #transport: TransportChoice | undefined;
  #broadcast: Broadcast | undefined;
  #reading: AbortController | undefined;
  #catalog: Catalog | undefined;
  #attempt: Attempt;
  #hidden: boolean;
  #offlineMs: number | undefined;
  #switches = 0;
  #over = false;

  constructor(options: PlaybackOptions) {
    const { instruments, name } = options;
    this.#options = options;
    this.#hidden = options.hidden;
    this.#clock = options.clock ?? systemClock;
    this.#epochMs = options.wallClock ?? Date.now;
    this.tallies = { video: new MediaTally("video", instruments), audio: new MediaTally("audio", instruments) };
    this.#network = new Network(this.#clock, () => this.#session);
    this.stage = new Stage({
      clock: this.#clock,
      platform: options.platform ?? webCodecs,
      openSound: options.openSound ?? openWebAudio,
      tallies: this.tallies,
      latencyMs: options.latencyMs,
      commonClock: options.commonClock,
      cause: () => this.#network.cause(this.stage.shown?.config.bitrate),
      paint: (picture) => options.screen?.paint(picture, this.#catalog?.video ?? {}),
      events: {
        reached: (phase) => this.#attempt.reached(phase),
        presented: () => this.#presented(),
        switched: (from, to, trigger) => this.#switched(from, to, trigger),
        stalled: () => this.#stalled(),
        recovered: (durationMs) => this.#recovered(durationMs),
        received: (media, bytes, newGroup) => this.#network.received(media, bytes, newGroup),
        flawed: (error) => this.#flawed(error),
        failed: (error) => this.#fail(error),
        finished: () => this.#finished(),
        moved: () => this.#ticker.arm(),
        changed: () => options.tell({ kind: "change" }),
      },
    });
    this.stage.hide(this.#hidden);
    this.accounts = new Accounts({
      clock: this.#clock,
      instruments,
      broadcast: name,
      cause: () => this.stage.cause,
      rendition: () => this.stage.shown?.config,
    });
    this.#attempt = this.#newAttempt();
    this.#ticker = new Ticker({
      clock: this.#clock,
      ...(options.screen ? { refresh: options.screen } : {}),
      tick: () => {
        this.stage.tick();
        this.#checkOffline();
      },
      dueInMs: () => this.stage.dueInMs,
      everySecond: (second) => this.#second(second),
    });
    this.#play();
  }
  get state(): PlayerState {
    return this.#state;
  }
  get link(): LinkState {
    return this.#linkState;
  }
  get session(): Session | undefined {
    return this.#session;
  }
  /** Which transport the session has, or the last one had, and why. */
  get transport(): TransportChoice | undefined {
    return this.#transport;
  }
  get catalog(): Catalog | undefined {
    return this.#catalog;
  }
  get attempt(): Attempt {
    return this.#attempt;
  }
  get switches(): number {
    return this.#switches;
  }
  get bytesReceived(): number {
    return this.#network.bytes;
  }

  /** Goes on after a pause: a new attempt only if the last one never showed anything. */
  resume(): void {
    if (this.#state !== "paused" || this.#over) return;
    if (this.#attempt.result?.outcome !== "started") this.#attempt = this.#newAttempt();
    this.#play();
  }
  /** Stops picture, sound and their transfer; the connection stays. */
  pause(): void {
    if (this.#state === "paused" || this.#over) return;
    this.#attempt.close("exited");
    this.#stopReading();
    this.#ticker.stop();
    this.#enter("paused");
  }
  hide(hidden: boolean): void {
    if (hidden) this.#attempt.hidden();
    this.#hidden = hidden;
    this.accounts.hide(hidden);
    this.stage.hide(hidden);
  }
  /** Ends it and lets go of everything. Told once. */
  end(reason: EndReason): void {
    if (this.#over) return;
    this.#attempt.close("exited");
    this.#shut(this.#state === "ended" && reason === "quit" ? "eos" : reason);
  }
  /** Lets go of what still shows the last picture. */
  close(reason: EndReason): void {
    this.end(reason);
    this.stage.close();
  }

  #newAttempt(): Attempt {
    const { instruments, name: broadcast } = this.#options;
    return new Attempt({ clock: this.#clock, epochMs: this.#epochMs(), instruments, broadcast, hidden: this.#hidden });
  }
  #play(): void {
    this.#enter("starting");
    this.#ticker.start();
    if (!this.#link) this.#link = this.#openLink();
    else this.#resumeReading();
  }
  #resumeReading(): void {
    if (this.#session) {
      this.#attempt.reached("connect");
      this.#attempt.reached("setup");
    }
    if (this.#broadcast) this.#online(this.#broadcast);
    else if (this.#session) this.#offline();
  }
  #openLink(): Link {
    const { url, name, openLink = openRelayLink, instruments } = this.#options;
    let attempts = 0;
    let parts: ConnectionReport["parts"] = {};
    return openLink({
      url,
      name,
      clock: this.#clock,
      meter: playerMeter({
        bytes: (count) => {
          this.#network.payload(count);
          instruments.bytesReceived(count);
        },
        first: (track, elapsedMs) => this.#firstObject(track, elapsedMs),
        error: (error) => this.#flawed(error),
      }),
      events: {
        connecting: () => {
          parts = {};
          if (this.#session) this.#lost(undefined);
          if (attempts++ > 0) instruments.reconnect(this.#network.lossReason);
          this.#setLink(attempts > 1 ? "retrying" : "connecting");
        },
        phase: (phase, elapsedMs) => {
          if (phase === "connect" || phase === "setup") this.#attempt.reached(phase);
          else parts = { ...parts, [phase]: elapsedMs };
        },
        chosen: (choice) => {
          this.#transport = choice;
          this.#options.tell({ kind: "transport", choice });
        },
        attempted: (attempt) => tellConnection(instruments, this.#attempt, { ...attempt, parts, broadcast: name, endMs: this.#epochMs() }),
        connected: (session) => this.#connected(session),
        online: (broadcast) => this.#online(broadcast),
        offline: () => this.#retracted(),
        lost: (error) => this.#lost(error),
      },
    });
  }
  #connected(session: Session): void {
    this.#session = session;
    this.#options.instruments.transport = transportLabel(session.transport.kind);
    this.#attempt.reached("connect");
    this.#attempt.reached("setup");
    this.#setLink("connected");
    this.#offline();
  }
  #lost(error: unknown): void {
    this.#network.lost(this.#session, error);
    this.#session = undefined;
    this.#broadcast = undefined;
    this.#attempt.disconnected();
    this.#offlineOver();
    this.#reading?.abort();
    this.#setLink("retrying");
    if (error === undefined) return;
    if (isFatal(error)) this.#fail(error);
    else this.#flawed(error);
  }
  /** The session is up and the broadcast is not announced. */
  #offline(): void {
    this.#offlineMs ??= this.#clock.now();
  }
  #offlineOver(): void {
    this.#offlineMs = undefined;
    this.#attempt.resume();
    this.accounts.online();
    if (this.#state === "waiting") this.#enter("starting");
  }
  #retracted(): void {
    this.#broadcast = undefined;
    this.#reading?.abort();
    this.#offline();
  }
  #online(broadcast: Broadcast): void {
    this.#broadcast = broadcast;
    if (this.#over || this.#state === "paused") return;
    this.#offlineOver();
    if (this.#state === "ended") this.#enter("starting");
    this.#attempt.reached("announce");
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    void this.#read(broadcast, reading.signal);
  }
  async #read(broadcast: Broadcast, signal: AbortSignal): Promise<void> {
    try {
      for await (const catalog of readCatalog(broadcast, { signal })) {
        if (signal.aborted) return;
        this.#attempt.reached("catalog");
        this.#catalog = catalog;
        await this.stage.use(broadcast, catalog);
        this.#options.tell({ kind: "change" });
      }
    } catch (error) {
      // A lost connection is told once, by the connection.
      if (!signal.aborted && !isGone(error)) this.#flawed(error);
    }
  }
  #stopReading(): void {
    this.#reading?.abort();
    this.#offlineOver();
    this.#offlineMs = undefined;
    this.stage.leave();
  }

  #presented(): void {
    if (this.#attempt.result === undefined) this.#attempt.close("started");
    if (this.#state !== "playing") this.#enter("playing");
  }
  #switched(from: Rendition, to: Rendition, trigger: SwitchTrigger): void {
    this.#switches++;
    const direction = switchDirection(from.config, to.config);
    this.#options.instruments.qualitySwitch(direction, trigger);
    this.#options.instruments.event("info", "moq.player.switch", {
      broadcast: this.#options.name,
      direction,
      trigger,
      from: from.name,
      to: to.name,
    });
    this.#options.tell({ kind: "switch", from: from.name, to: to.name });
  }
  #stalled(): void {
    const { state } = this.stage.stall;
    if (state.kind !== "confirmed" || this.#offlineMs !== undefined) return;
    this.accounts.stalled(this.stage.cause, state.sinceMs);
    tellStall(this.#options.instruments, this.#options.name, { phase: "begin", cause: this.stage.cause });
    this.#enter("rebuffering");
  }
  #recovered(durationMs: number): void {
    if (!this.accounts.stalling) return;
    const { cause } = this.stage;
    this.accounts.recovered(durationMs);
    tellStall(this.#options.instruments, this.#options.name, { phase: "end", cause, durationMs, endMs: this.#epochMs() });
  }
  #finished(): void {
    if (this.#state === "ended") return;
    this.#enter("ended");
    this.stage.leave();
  }
  #firstObject(track: string, elapsedMs: number): void {
    if (this.#catalog?.video?.renditions.has(track)) this.#attempt.firstObject("video", elapsedMs);
    else if (this.#catalog?.audio?.renditions.has(track)) this.#attempt.firstObject("audio", elapsedMs);
  }
  #flawed(error: unknown): void {
    if (this.#over) return;
    this.#tellError(error, false);
  }
  #fail(error: unknown): void {
    if (this.#over) return;
    this.#attempt.close("failed", errorType(error));
    this.#enter("failed");
    this.#tellError(error, true);
    this.#shut("fatal");
  }
  #tellError(error: unknown, fatal: boolean): void {
    tellError(this.#options.instruments, this.#options.name, { error, fatal });
    this.#options.tell({ kind: "error", error, fatal });
  }
  #shut(reason: EndReason): void {
    this.#over = true;
    this.#reading?.abort();
    this.#ticker.stop();
    this.stage.leave();
    this.accounts.end(reason);
    tellSessionEnd(this.#options.instruments, {
      broadcast: this.#options.name,
      reason,
      accounts: this.accounts,
      video: this.tallies.video,
      switches: this.#switches,
      bytes: this.#network.bytes,
      durationMs: this.#clock.now() - this.accounts.startMs,
      epochMs: this.#epochMs(),
    });
    this.#link?.close();
    this.#link = undefined;
    this.#session = undefined;
    this.#broadcast = undefined;
    this.#setLink("closed");
  }
  #second(second: number): void {
    this.accounts.accrue();
    this.#checkGivenUp();
    if (this.#hidden) return;
    sampleSecond(second, this.#state, { stage: this.stage, network: this.#network, instruments: this.#options.instruments });
  }
  #checkOffline(): void {
    if (this.#offlineMs === undefined || this.#state === "paused" || this.#state === "ended") return;
    const graceEndMs = this.#offlineMs + offlineGraceMs;
    if (this.#clock.now() < graceEndMs) return;
    this.#attempt.wait(graceEndMs);
    if (this.#state !== "waiting") {
      this.stage.leave();
      this.#enter("waiting");
    }
    this.accounts.offline(graceEndMs);
  }
  #checkGivenUp(): void {
    if (this.#state !== "starting" || this.#attempt.result || this.#session || this.#attempt.elapsedMs < giveUpMs) return;
    this.#fail(new HangError(HangErrorCode.startTimeout, `no connection to ${this.#options.url} within ${giveUpMs / 1000} s`));
  }
  #setLink(state: LinkState): void {
    this.#linkState = state;
    this.#options.tell({ kind: "change" });
  }
  #enter(state: PlayerState): void {
    const from = this.#state;
    if (from === state) return;
    this.accounts?.enter(state);
    this.#state = state;
    this.#options.instruments.event("info", "moq.player.state", { broadcast: this.#options.name, state, from });
    this.#options.tell({ kind: "state", state, from });
  }
}
