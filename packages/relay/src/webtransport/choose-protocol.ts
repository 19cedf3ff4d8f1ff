import { supportedProtocols } from "@moqscope/lite";

/** The first of a client's offers that is spoken here (webtransport.md §2): empty, which stands for legacy SETUP, when it made none. */
export function chooseProtocol(offers: readonly string[]): string | undefined {
  return offers.length === 0 ? "" : offers.find((offer) => supportedProtocols.includes(offer));
}
