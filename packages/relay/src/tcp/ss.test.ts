import { expect, test } from "vitest";
import { peerKey, SsParser } from "./ss.ts";

/** As iproute2 6.1 prints them, also one that never sent data and one that is on its way out. */
const printed = `ESTAB     0      0      [::ffff:192.0.2.1]:4443 [::ffff:192.0.2.7]:51234
\t cubic wscale:7,7 rto:204 rtt:50.647/0.844 ato:40 mss:1448 pmtu:1500 rcvmss:536 advmss:1448 cwnd:72 ssthresh:64 bytes_sent:26453 bytes_retrans:4344 bytes_acked:26454 bytes_received:2216 segs_out:453 segs_in:489 data_segs_out:200 data_segs_in:31 send 16467713bps lastsnd:4 lastrcv:468 lastack:4 pacing_rate 19760520bps delivery_rate 17000000bps delivered:201 app_limited busy:36ms retrans:1/3 dsack_dups:1 rcv_rtt:0.125 rcv_space:59973 minrtt:50.091 snd_wnd:89088
ESTAB     0      0      [2001:db8::1]:4443 [2001:db8::7]:40000
\t cubic wscale:7,7 rto:1000 mss:1428 pmtu:1500 rcvmss:536 advmss:1428 cwnd:10 segs_out:1 segs_in:2 lastsnd:4 lastrcv:4 lastack:4 pacing_rate 228480000bps rcv_space:14280 snd_wnd:64000
LAST-ACK  0      1      192.0.2.1:4443 192.0.2.8:1
\t cubic rtt:1/1 mss:1448 cwnd:10 segs_out:7
ESTAB     0      0      127.0.0.1:4443 127.0.0.1:50001
\t cubic rtt:0.05/0.025 mss:32768 cwnd:10 segs_out:3 data_segs_out:2 send 52.4Gbps minrtt:0.02
`;
const source = "tcp_info";
const expected = [
  {
    peer: "192.0.2.7 51234",
    link: {
      rtt: { ms: 50.647, minMs: 50.091, source },
      congestion: { windowBytes: 72 * 1448, source },
      packets: { sent: 200, lost: 3, received: 31, source },
      sendRateBps: 17_000_000,
    },
  },
  {
    peer: "2001:db8::7 40000",
    link: { congestion: { windowBytes: 14_280, source }, packets: { sent: 0, lost: 0, received: 0, source } },
  },
  {
    peer: "127.0.0.1 50001",
    link: {
      rtt: { ms: 0.05, minMs: 0.02, source },
      congestion: { windowBytes: 327_680, source },
      packets: { sent: 2, lost: 0, received: 0, source },
      sendRateBps: 52.4e9,
    },
  },
];

test("the figures of each established connection are read; what was not measured is absent, a count that ss leaves out is 0", () => {
  expect(new SsParser().push(printed)).toEqual(expected);
});
test("the text may be cut anywhere", () => {
  for (let cut = 0; cut <= printed.length; cut++) {
    const parser = new SsParser();
    expect([...parser.push(printed.slice(0, cut)), ...parser.push(printed.slice(cut))], `cut at ${cut}`).toEqual(expected);
  }
});
test("text that is not from ss is no connection", () => {
  expect(new SsParser().push("\t rtt:5/1\nESTAB\n\t rtt:5/1\nESTAB 0 0 a b\n\t rtt:5/1\n\n \n")).toEqual([]);
});
test.each([
  ["::ffff:192.0.2.7", "[::ffff:192.0.2.7]"],
  ["192.0.2.7", "192.0.2.7"],
  ["2001:db8::7", "[2001:db8::7]"],
  ["fe80::1%eth0", "[fe80::1]%eth0"],
])("%s as Node writes it is %s as ss writes it", (node, ss) => {
  expect(peerKey(node, 4443)).toBe(peerKey(ss, "4443"));
});
