import type { BrowserTelemetry, TokenExchange } from "@moqscope/telemetry/browser";
import type { PlayerState } from "../stats.ts";

/** Telemetry of one element: loaded only when there is an address for it, and never in the way. */
export class ElementTelemetry {
  readonly #loading: Promise<BrowserTelemetry>;
  #state: PlayerState = "starting";
  #loaded: BrowserTelemetry | undefined;
  /** @param token what a gateway that asks for tokens is asked for one with */
  constructor(endpoint: string, sessionId: string, token: TokenExchange | undefined) {
    this.#loading = this.#load(endpoint, sessionId, token);
    // Whoever awaits the recorder hears of the failure; nothing else needs it.
    this.#loading.catch(() => {});
  }
  get recorder(): Promise<BrowserTelemetry["recorder"]> {
    return this.#loading.then(({ recorder }) => recorder);
  }
  state(state: PlayerState): void {
    this.#state = state;
    this.#loaded?.setState(state);
    if (state === "playing") void this.#loaded?.flush("startup");
    else if (state === "failed") void this.#loaded?.flush("error");
  }
  close(reason: string): void {
    this.#loading.then(
      // What the player told while the module was loading is handed over first.
      (telemetry) => setTimeout(() => void telemetry.close(reason)),
      () => undefined,
    );
  }
  async #load(endpoint: string, sessionId: string, token: TokenExchange | undefined): Promise<BrowserTelemetry> {
    const { startBrowserTelemetry } = await import("@moqscope/telemetry/browser");
    const telemetry = startBrowserTelemetry({ endpoint, sessionId, token });
    this.#loaded = telemetry;
    telemetry.setState(this.#state);
    return telemetry;
  }
}
