import { quicAvailable } from "@moqscope/quic";

/** Whether the QUIC addon is there; its absence is why what needs it is skipped. `pnpm quic:build` makes it. */
export const addon: ReturnType<typeof quicAvailable> = quicAvailable();

/** How a viewer reaches the relay, and what `dev` is told for it. */
export interface Way {
  readonly transport: "websocket" | "webtransport";
  readonly args: readonly string[];
  /** Why this way is not there. */
  readonly missing: string | undefined;
}
export const overWebSocket: Way = { transport: "websocket", args: ["--no-quic"], missing: undefined };
export const overWebTransport: Way = { transport: "webtransport", args: [], missing: addon.available ? undefined : addon.reason };
