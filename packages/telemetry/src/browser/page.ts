/** What a page tells about its own end. */
export interface PageListener {
  hidden(): void;
  /** The page goes away; `persisted` when it may come back from the back/forward cache. */
  leave(persisted: boolean): void;
  /** It came back from there. */
  back(): void;
}
/** Where page changes come from; the returned function stops listening. */
export type PageEvents = (listener: PageListener) => () => void;

/** The page of this script; hears nothing where there is no document. Never `unload`, which keeps pages out of the back/forward cache. */
export const documentPage: PageEvents = (listener) => {
  if (typeof document === "undefined") return () => {};
  const visibility = (): void => {
    if (document.visibilityState === "hidden") listener.hidden();
  };
  const leave = (event: PageTransitionEvent): void => listener.leave(event.persisted);
  const show = (event: PageTransitionEvent): void => {
    if (event.persisted) listener.back();
  };
  document.addEventListener("visibilitychange", visibility);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", show);
  return () => {
    document.removeEventListener("visibilitychange", visibility);
    removeEventListener("pagehide", leave);
    removeEventListener("pageshow", show);
  };
};
