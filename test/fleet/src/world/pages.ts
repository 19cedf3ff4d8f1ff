import { afterEach, beforeEach, vi } from "vitest";
import { Http, maxKeepaliveBytes } from "../../../../packages/telemetry/src/browser/http.ts";

/**
 * Makes each simulated session a page of its own, although they share a process: what one page has under way as it leaves is no other's
 * limit, and bodies are compressed by the network, since a page's compression takes real time.
 */
export function separatePages(): void {
  beforeEach(() => {
    vi.stubGlobal("CompressionStream", undefined);
    vi.spyOn(Http.prototype, "room", "get").mockReturnValue(maxKeepaliveBytes);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
}
