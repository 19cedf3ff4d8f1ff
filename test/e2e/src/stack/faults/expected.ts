/** An alert that must come. */
export interface ExpectedAlert {
  readonly alert: `Moq${string}`;
  /** Labels that it must carry. */
  readonly labels?: Readonly<Record<string, string>>;
}
/** What is told of a fault. */
export interface Expected {
  /** As runbooks call it. */
  readonly name: string;
  /** Come, and are over when the fault is. */
  readonly expects: readonly ExpectedAlert[];
  /** Further alerts of severity page that it explains. */
  readonly mayPage?: readonly `Moq${string}`[];
}

/** Relays of the fleet in which faults are made. */
export const relayNames = ["main", "killed", "lossy", "crowded", "guarded", "left", "right"] as const;
export type RelayName = (typeof relayNames)[number];
/** What its publisher publishes. */
export const broadcast = "demo.hang";

/** Every fault that is made in it; the runbooks of these alerts name it, which a test holds. */
export const expected = {
  relayKilled: { name: "relay killed (kill -9)", expects: [{ alert: "MoqRelaySilent", labels: { instance: "killed" } }] },
  relayRestarting: {
    name: "relay that begins anew three times (kill -9)",
    expects: [{ alert: "MoqRelayRestarting", labels: { instance: "crowded" } }],
    mayPage: ["MoqRelaySilent"],
  },
  certificateShort: {
    name: "certificate of one day",
    expects: [
      { alert: "MoqCertificateExpiring", labels: { instance: "guarded" } },
      { alert: "MoqCertificateEnding", labels: { instance: "guarded" } },
    ],
  },
  tableFull: { name: "more players than a gateway knows", expects: [{ alert: "MoqGatewayTableFull", labels: { instance: "gw-2" } }] },
  linkDown: { name: "link of a mesh cut (nothing passes)", expects: [{ alert: "MoqLinkDown", labels: { instance: "right" } }] },
  publisherKilled: { name: "publisher killed (kill -9)", expects: [{ alert: "MoqPublisherLost" }] },
  publisherSilent: {
    name: "publisher silent (kill -STOP)",
    expects: [
      { alert: "MoqBroadcastSilent", labels: { broadcast } },
      { alert: "MoqStreamWithoutMedia", labels: { instance: "main" } },
    ],
  },
  packetLoss: {
    name: "10 % loss by the impairment proxy",
    expects: [{ alert: "MoqPacketLossHigh", labels: { instance: "lossy", source: "quic" } }],
  },
  storeFull: {
    name: "store of a gateway full (tmpfs of 16 MiB)",
    expects: [{ alert: "MoqGatewayStoreUnsaved", labels: { instance: "gw-2" } }],
  },
  overload: {
    name: "overload (more sessions than --max-sessions)",
    expects: [{ alert: "MoqRelayOverload", labels: { instance: "crowded" } }],
    mayPage: ["MoqConnectFailures"],
  },
  tokenErrors: {
    name: "tokens that have ended",
    expects: [{ alert: "MoqAuthFailures", labels: { reason: "expired" } }, { alert: "MoqConnectFailures" }],
  },
  reportsRefused: { name: "reports that cannot be read", expects: [{ alert: "MoqGatewayRejects" }] },
  collectorAway: {
    name: "collector away",
    expects: [
      { alert: "MoqTargetDown", labels: { job: "otelcol" } },
      ...relayNames.map((instance) => ({ alert: "MoqRelaySilent", labels: { instance } }) as const),
      { alert: "MoqGatewaySilent", labels: { instance: "gw-1" } },
      { alert: "MoqTelemetryAbsent" },
    ],
  },
  gatewayStopped: { name: "gateway stopped", expects: [{ alert: "MoqGatewaySilent", labels: { instance: "gw-1" } }] },
} as const satisfies Readonly<Record<string, Expected>>;
