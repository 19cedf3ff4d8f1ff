import { createImpairment } from "@moqscope/impairment";
import type { Meeting } from "../scenario.ts";
import { within } from "../support/within.ts";
import { dialQuic } from "./dial.ts";
import type { QuicCell } from "./matrix.ts";
import { serve, urlOf } from "./servers.ts";

const any = { host: "127.0.0.1", port: 0 };

/** Brings our client and our own other end together over a relay; what is under test goes through a network that can be cut. */
export async function meetOverQuic(cell: QuicCell, programs: { readonly relay: string }): Promise<Meeting & { readonly agreed: string }> {
  const serving = await serve(cell.server, cell.version, programs);
  const network = await createImpairment({ to: { ...any, port: serving.port }, udp: any });
  const close = async (): Promise<void> => {
    await network.close();
    await serving.close();
  };
  try {
    const client = await within("the client connects", dialQuic(urlOf(cell.binding, network.port), cell.version));
    const other = await within("the other end connects", dialQuic(urlOf(cell.binding, serving.port), "moq-lite-05"));
    const [publisher, subscriber] = cell.direction === "publish" ? [client, other] : [other, client];
    return {
      publisher,
      subscriber,
      cut: () => network.set({ blackhole: true }),
      cutOff: [client],
      foreignRelay: cell.server === "moq-relay 0.17.10",
      agreed: client.version,
      async close() {
        client.close();
        other.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
