import { LiteError } from "@moqscope/lite";
import type { LinkState, PlayerState } from "../stats.ts";

/** What a viewer is told over the picture: a line, a reason, and whether something is being tried. */
export interface Notice {
  readonly title: string;
  readonly detail?: string;
  readonly busy?: boolean;
  readonly retry?: boolean;
}

/** A player's state in words; `undefined` while there is a picture to look at. */
export function noticeFor(
  state: PlayerState,
  link: LinkState,
  about: { readonly name: string; readonly host: string; readonly error?: unknown },
): Notice | undefined {
  switch (state) {
    case "playing":
      return undefined;
    case "paused":
      return undefined;
    case "starting":
      if (link === "retrying") return { title: "Cannot reach the relay", detail: `Trying ${about.host} again…`, busy: true };
      return link === "connecting" ? { title: "Connecting…", busy: true } : { title: "Starting…", busy: true };
    case "rebuffering":
      return link === "connected"
        ? { title: "Buffering…", busy: true }
        : { title: "Connection lost", detail: `Reconnecting to ${about.host}…`, busy: true };
    case "waiting":
      return { title: `${about.name} is not live`, detail: "It starts here by itself as soon as it is." };
    case "ended":
      return { title: "The broadcast has ended" };
    case "failed":
      return { title: "This broadcast cannot be played", detail: reason(about.error), retry: true };
  }
}
function reason(error: unknown): string {
  if (error instanceof LiteError && error.code === "unauthorized") return "The relay refuses access to it.";
  if (globalThis.isSecureContext === false) return "Browsers decode live media only on secure pages: https, or localhost.";
  if (!(error instanceof Error) || error.message === "") return "Something went wrong.";
  return `${error.message.slice(0, 1).toUpperCase()}${error.message.slice(1)}.`;
}

/** The few words beside the controls. */
export function stateWord(state: PlayerState, link: LinkState): string {
  if (state === "starting") return link === "retrying" ? "No connection" : "Starting";
  return { playing: "Live", rebuffering: "Buffering", paused: "Paused", waiting: "Offline", ended: "Ended", failed: "Failed" }[state];
}
