import type { Codec } from "./codec.ts";
import { WireLimits } from "./limits.ts";

/** GOAWAY (04, 05): please reconnect, to `uri` if it is not empty. */
export interface Goaway {
  readonly uri: string;
}
export const Goaway: Codec<Goaway> = {
  encode(sink, { uri }) {
    sink.string(uri);
  },
  decode(cursor) {
    return { uri: cursor.string(WireLimits.goawayUriBytes) };
  },
};
