import type { Backend, BackendName } from "./backend.ts";
import { failsBackend } from "./fails-backend.ts";
import { quicBackend } from "./quic-backend.ts";

/** The QUIC stack that was chosen, the first that is there for `auto`, or one line that says why there is none and how to get it. */
export async function findBackend(choice: "auto" | BackendName): Promise<Backend | { readonly reason: string }> {
  switch (choice) {
    case "quic":
      return quicBackend();
    case "fails":
      return failsBackend();
    case "auto": {
      const first = await quicBackend();
      if (!("reason" in first)) return first;
      const second = await failsBackend();
      return "reason" in second ? first : second;
    }
  }
}
