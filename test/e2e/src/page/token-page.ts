import { startBrowserTelemetry } from "@moqscope/telemetry/browser";

/** What a page of a player saw of a gateway that asks for tokens. */
export interface TokenRun {
  /** Codes that the player's telemetry told. */
  readonly told: readonly string[];
  /** Headers of an answer that the page may read; `undefined` where the browser kept the answer from it. */
  readonly readable: Readonly<Record<string, string | null>> | undefined;
}

/** Counts one play attempt at a gateway, as a player with this MoQ JWT does. */
export async function tokenRun(endpoint: string, jwt: string): Promise<TokenRun> {
  const told: string[] = [];
  const token = { broadcast: "demo/room", jwt };
  const telemetry = startBrowserTelemetry({ endpoint, token, onError: ({ code }) => void told.push(code) });
  telemetry.recorder.counter("moq.client.play_attempts", { outcome: "started", transport: "websocket" }).add();
  for (const _ of [1, 2, 3]) await telemetry.flush("startup");
  await telemetry.close();
  return { told, readable: await headersOf(`${endpoint}/v1/time`) };
}

async function headersOf(url: string): Promise<TokenRun["readable"]> {
  try {
    const { headers } = await fetch(url);
    return Object.fromEntries(["moq-gateway", "moq-report-interval", "x-content-type-options"].map((name) => [name, headers.get(name)]));
  } catch {
    // The browser says no more than that it did not work.
    return undefined;
  }
}

Object.assign(globalThis, { tokenRun });
