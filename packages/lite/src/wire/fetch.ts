import type { Path } from "../model/path.ts";
import type { Codec } from "./codec.ts";

/** FETCH (05): one whole group, answered by its frames and FIN. */
export interface Fetch {
  readonly broadcast: Path;
  readonly track: string;
  readonly priority: number;
  readonly group: number;
}
export const Fetch: Codec<Fetch> = {
  encode(sink, { broadcast, track, priority, group }) {
    sink.string(broadcast).string(track).u8(priority).varint(group);
  },
  decode(cursor) {
    return { broadcast: cursor.path(), track: cursor.string(), priority: cursor.u8(), group: cursor.varint() };
  },
};
