import { describe } from "vitest";
import { mutualTls } from "../testing/mutual-tls.ts";
import { addon } from "../testing/quic.ts";

describe.skipIf(!addon.available)("between relays over WebTransport", () => mutualTls("quic", "https"));
describe.skipIf(!addon.available)("between relays over raw QUIC", () => mutualTls("quic", "moqt"));
