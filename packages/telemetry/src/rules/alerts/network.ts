import { alert, type MoqAlert } from "../alert.ts";
import { above, all, below, equal, increase, max, min, sum } from "../expression.ts";
import { packetLoss } from "../records/relay.ts";
import { counter, gauge } from "../series.ts";

const expiry = gauge("moq.relay.certificate_expiry");
const hourSeconds = 3600;

/** Links, and what they need. */
export const networkAlerts: readonly MoqAlert[] = [
  alert({
    alert: "MoqPacketLossHigh",
    when: all(
      above(packetLoss.series, 0.05),
      above(sum(increase(counter("moq.relay.packets_sent"), "5m"), "instance", "cloud_region", "source"), 5000),
    ),
    guard: "more than 5 000 packets in 5 minutes",
    forSeconds: 300,
    severity: "ticket",
    service: "moq-relay",
    symptom: "loss",
    summary: "Relay {{ $labels.instance }} loses {{ $value | humanizePercentage }} of its packets ({{ $labels.source }})",
    description: "Over all its sessions, so it is the relay's own way out rather than one viewer's network.",
    dashboard: "moq-network",
    panel: "Packet loss by relay",
  }),
  alert({
    alert: "MoqLinkDown",
    when: equal(max(gauge("moq.relay.link_up"), "instance", "peer.node"), 0),
    guard: "only links that are configured, or have been up",
    forSeconds: 60,
    severity: "page",
    service: "moq-relay",
    symptom: "link",
    summary: "Relay {{ $labels.instance }} has no session with {{ $labels.peer_node }} (links up: {{ $value }})",
    description: "Broadcasts of the one side do not reach viewers of the other, unless another way leads there.",
    dashboard: "moq-fleet",
    panel: "Topology",
  }),
  alert({
    alert: "MoqCertificateExpiring",
    when: below(min(expiry, "instance"), 42 * hourSeconds),
    guard: "none: absent without TLS",
    forSeconds: 600,
    severity: "ticket",
    service: "moq-relay",
    symptom: "certificate",
    summary: "The certificate of relay {{ $labels.instance }} ends in {{ $value | humanizeDuration }}",
    description: "A certificate that the relay makes itself is replaced 48 hours before its end; this one was not replaced.",
    dashboard: "moq-fleet",
    panel: "Certificates",
  }),
  alert({
    alert: "MoqCertificateEnding",
    when: below(min(expiry, "instance"), 24 * hourSeconds),
    guard: "none: absent without TLS",
    forSeconds: 60,
    severity: "page",
    service: "moq-relay",
    symptom: "certificate",
    summary: "The certificate of relay {{ $labels.instance }} ends in {{ $value | humanizeDuration }}",
    description: "After that no new viewer connects to this relay. A negative time: it has ended.",
    dashboard: "moq-fleet",
    panel: "Certificates",
    runbook: "moq-certificate-expiring",
  }),
];
