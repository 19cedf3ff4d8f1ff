import { connect, type Session } from "@moqscope/lite";
import { nodeWebSocket } from "@moqscope/lite/node";

/** Does a thing again and again, whatever becomes of it; what is returned ends that. */
export function again(everyMs: number, work: () => Promise<unknown>): () => void {
  const timer = setInterval(() => {
    // What is refused is what the caller wants.
    work().catch(() => undefined);
  }, everyMs);
  return () => clearInterval(timer);
}

/** Dials a relay by WebSocket. */
export function dial(url: string): Promise<Session> {
  return connect(url, { webSocket: nodeWebSocket, webTransport: false });
}
