import { HangError, HangErrorCode } from "../error.ts";
import { mergePatch } from "./merge-patch.ts";
import { parseCatalog } from "./parse.ts";
import type { Catalog, VideoCatalog } from "./types.ts";

/** Bytes of one catalog frame that are read. */
export const maxCatalogBytes: number = 1024 * 1024;

/** One group of a catalog track: frame 0 is the whole document, what follows are RFC 7396 patches to it. */
export class CatalogDocument {
  #state: unknown;
  #begun = false;
  /**
   * The catalog after this frame.
   * @throws HangError `catalog_invalid`
   */
  apply(payload: Uint8Array): Catalog {
    const value = parseJson(payload);
    this.#state = this.#begun ? mergePatch(this.#state, value) : value;
    this.#begun = true;
    return parseCatalog(this.#state);
  }
}

function parseJson(payload: Uint8Array): unknown {
  if (payload.byteLength > maxCatalogBytes)
    throw new HangError(
      HangErrorCode.catalogInvalid,
      `catalog frame of ${payload.byteLength} bytes is over the limit of ${maxCatalogBytes}`,
    );
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch (cause) {
    throw new HangError(HangErrorCode.catalogInvalid, `catalog is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** The JSON document of a catalog, in the form that every released player reads. */
export function catalogJson(catalog: Omit<Catalog, "skipped">): Record<string, unknown> {
  const { video, audio, extensions } = catalog;
  return {
    ...extensions,
    ...(video ? { video: videoJson(video) } : {}),
    ...(audio ? { audio: { renditions: Object.fromEntries(audio.renditions) } } : {}),
  };
}
function videoJson({ renditions, ...rest }: VideoCatalog): Record<string, unknown> {
  return { renditions: Object.fromEntries(renditions), ...rest };
}
export function encodeCatalog(catalog: Omit<Catalog, "skipped">): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(catalogJson(catalog)));
}
