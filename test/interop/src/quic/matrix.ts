/** How a session is bound to QUIC. */
export const bindings = ["WebTransport", "raw QUIC"] as const;
export type Binding = (typeof bindings)[number];
export const quicVersions = ["moq-lite-05", "moq-lite-04"] as const;
export type QuicVersion = (typeof quicVersions)[number];
export const quicServers = ["our relay", "moq-relay 0.17.10"] as const;
export type QuicServer = (typeof quicServers)[number];
export const quicClients = ["our client", "moq-cli 0.14.10"] as const;
export type QuicClient = (typeof quicClients)[number];

/** `direction` is what the client does; at the other end of the relay is our own client, on the newest version. */
export interface QuicCell {
  readonly client: QuicClient;
  readonly server: QuicServer;
  readonly version: QuicVersion;
  readonly binding: Binding;
  readonly direction: "publish" | "subscribe";
}

/** Each stands for a connection; `our client` at `our relay` shows our own two ends beside them. */
export const quicCells: readonly QuicCell[] = quicClients.flatMap((client) =>
  quicServers.flatMap((server) =>
    quicVersions.flatMap((version) =>
      bindings.flatMap((binding) =>
        (["publish", "subscribe"] as const).map((direction) => ({ client, server, version, binding, direction })),
      ),
    ),
  ),
);

export function quicTitle({ client, server, version, binding, direction }: QuicCell): string {
  return `${client} ${direction === "publish" ? "publishes to" : "subscribes at"} ${server}: ${version} over ${binding}`;
}
