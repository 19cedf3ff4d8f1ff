/** Whether anybody can see the page. */
export interface Visibility {
  readonly hidden: boolean;
  /** Told of changes. The returned function stops it. */
  watch(listener: (hidden: boolean) => void): () => void;
}
/** The page this runs in; always visible where there is none. */
export function pageVisibility(): Visibility {
  if (!("document" in globalThis)) return { hidden: false, watch: () => () => {} };
  return {
    get hidden() {
      return document.hidden;
    },
    watch(listener) {
      const tell = () => listener(document.hidden);
      document.addEventListener("visibilitychange", tell);
      return () => document.removeEventListener("visibilitychange", tell);
    },
  };
}
