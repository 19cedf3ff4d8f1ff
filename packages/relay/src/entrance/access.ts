import { createHash, timingSafeEqual } from "node:crypto";
import type { SpanContext } from "@moqscope/telemetry";
import { Authorizer, type KeySource, type Permit, type PublicPrefixes, TokenError, type TokenErrorCode } from "@moqscope/token";
import type { AuthFailure, TransportLabel } from "../metrics/classify.ts";
import type { RelayInstruments } from "../metrics/instruments.ts";
import type { Refusal } from "./refusal.ts";

/** Who may publish and watch what (relay-behaviour §7). */
export interface AuthOptions {
  /** Keys that tokens are proved with; without, every token is refused. */
  readonly keys?: KeySource;
  /** What nobody needs a token for. */
  readonly publicPrefixes?: PublicPrefixes;
}

/** Whose credential it is. */
export interface Asker {
  readonly transport: TransportLabel;
  /** Of its session, or of the trace it says it belongs to. */
  readonly context?: SpanContext | undefined;
  readonly connection?: string;
}

/** Who asks by a plain request over HTTP. */
export const overHttp: Asker = { transport: "unknown" };

/** What was decided of a connect path and a token. */
export type Decision =
  | { readonly kind: "permit"; readonly permit: Permit }
  | { readonly kind: "refused"; readonly refusal: Extract<Refusal, "unauthorized" | "keys_unavailable">; readonly why: string };

/** How a failure is counted: those of metrics.md §2. */
const failures: Readonly<Record<TokenErrorCode, AuthFailure>> = {
  missing: "missing",
  malformed: "malformed",
  expired: "expired",
  bad_signature: "bad_signature",
  scope: "scope",
  unknown_key: "other",
  key_invalid: "other",
  key_unavailable: "other",
};

/** Decides who may do what, for every way in; each failure is counted once. */
export class Access {
  #authorizer: Authorizer | undefined;
  readonly #instruments: RelayInstruments;
  readonly #insider: string | undefined;

  /** @param insider a token that stands for every right: for workers among themselves */
  constructor(options: AuthOptions | undefined, instruments: RelayInstruments, insider?: string) {
    this.#instruments = instruments;
    this.#insider = insider;
    this.replace(options);
  }

  /** Judges so from now on; who is in stays. */
  replace(options: AuthOptions | undefined): void {
    this.#authorizer = options && new Authorizer(options);
  }

  /** Never rejects for what a peer did. */
  async decide(path: string, token: string | undefined, asker: Asker): Promise<Decision> {
    if (!this.#authorizer || this.#isInsider(token)) return { kind: "permit", permit: everything(path) };
    try {
      return { kind: "permit", permit: await this.#authorizer.authorize(path, token) };
    } catch (cause) {
      if (!(cause instanceof TokenError)) throw cause;
      this.failed(failures[cause.code], asker, cause.message);
      return { kind: "refused", refusal: cause.code === "key_unavailable" ? "keys_unavailable" : "unauthorized", why: cause.message };
    }
  }
  /** In a time that tells nothing. */
  #isInsider(token: string | undefined): boolean {
    const [own, given] = [this.#insider, token].map((each) => each !== undefined && createHash("sha256").update(each).digest());
    return own instanceof Buffer && given instanceof Buffer && timingSafeEqual(own, given);
  }
  /** Counts and tells a credential that was rejected, or ended. */
  failed(cause: AuthFailure, { transport, context, connection }: Asker, reason: string): void {
    const { recorder } = this.#instruments;
    this.#instruments.transport(transport).authFailures[cause].add();
    recorder.event("warn", "moq.auth.rejected", { cause, transport, reason, "connection.id": connection }, context);
  }
}

/** Every direction below a path. */
export function everything(path: string): Permit {
  return { root: path, put: [""], get: [""], expiresMs: undefined, country: undefined };
}

/** Nothing, until somebody has said what is allowed. */
export const nothing: Permit = { root: "", put: [], get: [], expiresMs: undefined, country: undefined };
