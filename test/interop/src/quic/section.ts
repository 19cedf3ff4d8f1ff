import { bindings, type QuicCell, quicCells, quicClients, quicServers, quicVersions } from "./matrix.ts";

export type QuicResults = ReadonlyMap<QuicCell, "passed" | "failed">;

/** The heading under which the results over QUIC stand; it is the last part of docs/interop.md. */
const heading = "## Over QUIC";

/** What released programs do over QUIC that a cell has to live with. */
const found: readonly (readonly [peer: string, what: string, therefore: string])[] = [
  [
    "moq-relay 0.17.10",
    "takes a `maxLatency` of 0 in SUBSCRIBE for the newest group alone, where it meant unset before: of 30 groups made at once 29 never come",
    "subscribers ask for 60 s",
  ],
  [
    "moq-relay 0.17.10",
    "gives up groups of a burst that lag behind the newest although the subscriber has time (stream reset 0x34, `Old`)",
    "4 groups are on their way at once instead of 30",
  ],
  [
    "moq-relay 0.17.10",
    "hands out the last group of an earlier subscription before it has asked for a newer one",
    "that group is compared too, and not counted",
  ],
];

/** The part of docs/interop.md that comes of a run over QUIC. */
export function quicSection(results: QuicResults): string {
  const columns = quicServers.flatMap((server) => (["publish", "subscribe"] as const).map((direction) => ({ server, direction })));
  const lines = quicClients.flatMap((client) =>
    quicVersions.flatMap((version) =>
      bindings.flatMap((binding) => {
        const played = columns.map(({ server, direction }) => find({ client, server, version, binding, direction }));
        if (!played.some((cell) => cell && results.has(cell))) return [];
        return [`| ${client} | ${version} | ${binding} | ${played.map((cell) => word(cell, results)).join(" | ")} |`];
      }),
    ),
  );
  return [
    heading,
    "",
    "The same scenario over UDP on the loopback, beside programs that `pnpm foreign:build` builds from their released sources. Our client goes",
    "through an impairment proxy, so that it is cut off by a black hole and not by a closed socket; at the other end of the relay is our client",
    "on moq-lite-05. Where moq-cli is the client, it publishes or saves fragmented MP4, and every sample is compared.",
    "",
    `| Client | Version | Binding | ${columns.map(({ server, direction }) => `${server}: ${direction}`).join(" | ")} |`,
    `| --- | --- | --- |${" --- |".repeat(columns.length)}`,
    ...lines,
    "",
    "| Program | What it does | What the tests do about it |",
    "| --- | --- | --- |",
    ...found.map((line) => `| ${line.join(" | ")} |`),
    "",
  ].join("\n");
}

function find(wanted: QuicCell): QuicCell | undefined {
  return quicCells.find((cell) => (Object.keys(wanted) as (keyof QuicCell)[]).every((key) => cell[key] === wanted[key]));
}
function word(cell: QuicCell | undefined, results: QuicResults): string {
  const result = cell && results.get(cell);
  if (!result) return "–";
  return result === "passed" ? "yes" : "FAILED";
}

/** The page in two: what comes of the runs over WebSocket, and what comes of those over QUIC. */
export function split(page: string): { readonly overWebSocket: string; readonly overQuic: string } {
  const at = page.indexOf(heading);
  return at < 0 ? { overWebSocket: page, overQuic: "" } : { overWebSocket: page.slice(0, at), overQuic: page.slice(at) };
}
