import type { TelemetryClock } from "./clock.ts";
import type { Answer } from "./http.ts";

type Given = string | (() => string | Promise<string>);

/** Asks the ingest's `/v1/token` for a telemetry token (fleet-aggregation.md §8). */
export interface TokenExchange {
  /** Path of the broadcast, as the relay knows it. */
  readonly broadcast: string;
  /** The MoQ JWT of the session, or how to get it; nothing below a public prefix. */
  readonly jwt?: Given | undefined;
  /** Default `player`. */
  readonly role?: "player" | "publisher" | undefined;
}
/** A telemetry token, how to get one, or the session's MoQ JWT to exchange for one. */
export type TokenOption = Given | TokenExchange;

/** What stands in the way of a report: nothing, where `ready` is true. */
export interface TokenState {
  readonly ready: boolean;
  readonly token: string | undefined;
}
export interface TokenParts {
  readonly option: TokenOption | undefined;
  readonly sessionId: string;
  readonly clock: TelemetryClock;
  /** Posts to the ingest's `/v1/token`. */
  readonly exchange: (body: string, jwt: string | undefined) => Promise<Answer | undefined>;
  /** Told once when the gateway does not take the MoQ JWT. */
  readonly onRefused: (status: number) => void;
}

/** A token is renewed when this part of its life is over. */
const renewAt = 0.8;

/** Milliseconds that a JWT lives, from its own two times, so that no clock of the page is needed; `undefined` when it does not say. */
function jwtLifeMs(token: string): number | undefined {
  try {
    const text = atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    const { exp, iat } = JSON.parse(text) as { readonly exp?: unknown; readonly iat?: unknown };
    return typeof exp === "number" && typeof iat === "number" ? (exp - iat) * 1000 : undefined;
  } catch {
    // No JWT: it lives until it is refused.
    return undefined;
  }
}

/** The token that reports carry: fetched before it is needed, renewed before it expires and after a refusal. Never rejects. */
export class TelemetryToken {
  readonly #parts: TokenParts;
  #token: string | undefined;
  #renewMs = Number.POSITIVE_INFINITY;
  #getting: Promise<void> | undefined;
  /** The ingest asks for no token: it takes reports as they are. */
  #unneeded: boolean;
  #told = false;

  constructor(parts: TokenParts) {
    this.#parts = parts;
    this.#unneeded = parts.option === undefined;
    if (typeof parts.option === "string") this.#token = parts.option;
  }

  /** As it stands, for a page that leaves and cannot wait. */
  get state(): TokenState {
    return { ready: this.#unneeded || this.#token !== undefined, token: this.#token };
  }

  /** Waits for a token where there is none, or none that lasts. */
  async fresh(): Promise<TokenState> {
    if (!this.#unneeded && (this.#token === undefined || this.#parts.clock.now() >= this.#renewMs)) {
      this.#getting ??= this.#get().finally(() => {
        this.#getting = undefined;
      });
      await this.#getting;
    }
    return this.state;
  }

  /** The gateway answered 401 to a request with this token. A text that was given once stays: there is no other. */
  refused(token: string | undefined): void {
    if (token === this.#token && typeof this.#parts.option !== "string") this.#token = undefined;
  }

  async #get(): Promise<void> {
    const { option, clock } = this.#parts;
    if (option === undefined || typeof option === "string") return;
    try {
      const lifeMs = typeof option === "function" ? this.#take(await option()) : await this.#exchange(option);
      this.#renewMs = lifeMs === undefined ? Number.POSITIVE_INFINITY : clock.now() + lifeMs * renewAt;
    } catch {
      // Whoever gives tokens failed: the next report asks again.
    }
  }

  #take(token: string): number | undefined {
    this.#token = token;
    return jwtLifeMs(token);
  }

  async #exchange({ broadcast, jwt, role = "player" }: TokenExchange): Promise<number | undefined> {
    const given = typeof jwt === "function" ? await jwt() : jwt;
    const answer = await this.#parts.exchange(JSON.stringify({ sid: this.#parts.sessionId, broadcast, role }), given);
    // 204, or no such path: this ingest asks for none.
    if (answer?.status === 204 || answer?.status === 404) this.#unneeded = true;
    if (answer === undefined || this.#unneeded) return undefined;
    if (answer.status >= 300) {
      if (answer.status < 500 && answer.status !== 429 && !this.#told) {
        this.#told = true;
        this.#parts.onRefused(answer.status);
      }
      return undefined;
    }
    const { token, expires_in: lifeSeconds } = JSON.parse(answer.body) as { readonly token?: unknown; readonly expires_in?: unknown };
    if (typeof token !== "string") return undefined;
    const lifeMs = this.#take(token);
    return typeof lifeSeconds === "number" ? lifeSeconds * 1000 : lifeMs;
  }
}
