/** Released versions of moq-lite, by the name that negotiates them (moq-lite §1). */
export const Version = {
  lite01: "moq-lite-01",
  lite02: "moq-lite-02",
  lite03: "moq-lite-03",
  lite04: "moq-lite-04",
  lite05: "moq-lite-05",
} as const;
export type Version = (typeof Version)[keyof typeof Version];

/** Versions that a name negotiates, newest first. */
const namedVersions: readonly Version[] = [Version.lite05, Version.lite04, Version.lite03];
/** Versions that only legacy SETUP negotiates, newest first, with their codes there (moq-lite §1). */
export const setupVersions: readonly { readonly version: Version; readonly code: number }[] = [
  { version: Version.lite02, code: 0xff0dad02 },
  { version: Version.lite01, code: 0xff0dad01 },
];
/** The name under which legacy SETUP negotiates the version. */
export const legacySetupProtocol = "moql";

/** Application protocols that this package speaks, newest first. */
export const supportedProtocols: readonly string[] = [...namedVersions, legacySetupProtocol];

/** The version that a negotiated application protocol stands for, if its name says one that we speak. */
export function versionOf(protocol: string): Version | undefined {
  return namedVersions.find((version) => version === protocol);
}
/** Whether legacy SETUP is to negotiate the version; so it is when no name was negotiated. */
export function usesLegacySetup(protocol: string): boolean {
  return protocol === legacySetupProtocol || protocol === "";
}

const upTo04: readonly Version[] = [Version.lite01, Version.lite02, Version.lite03, Version.lite04];
const upTo03: readonly Version[] = [Version.lite01, Version.lite02, Version.lite03];
const upTo02: readonly Version[] = [Version.lite01, Version.lite02];

/** Each side opens one SETUP stream (moq-lite §7). */
export function hasSetupStream(version: Version): boolean {
  return !upTo04.includes(version);
}
/** TRACK is asked and TRACK_INFO answered before SUBSCRIBE (moq-lite §9.2). */
export function hasTrackInfo(version: Version): boolean {
  return !upTo04.includes(version);
}
/** FETCH is served (moq-lite §9.3). */
export function hasFetch(version: Version): boolean {
  return !upTo04.includes(version);
}
/** A group of one frame may come as a datagram (moq-lite §9.6). */
export function hasDatagrams(version: Version): boolean {
  return !upTo04.includes(version);
}
/** Frames carry timestamps (moq-lite §6.4 FRAME B). */
export function hasFrameTimestamps(version: Version): boolean {
  return !upTo04.includes(version);
}
/** The announcing side tells its own id once, ahead of the announcements; else it stands in each chain (moq-lite §9.1). */
export function hasAnnounceOk(version: Version): boolean {
  return !upTo04.includes(version);
}
/** A second `active` replaces the route; else it may end the session (moq-lite §6.2). */
export function hasRouteChange(version: Version): boolean {
  return !upTo04.includes(version);
}
/** The publisher tells its first group and its end; else it answers SUBSCRIBE_OK (moq-lite §6.3). */
export function hasSubscribeStart(version: Version): boolean {
  return !upTo04.includes(version);
}
export function hasGoaway(version: Version): boolean {
  return !upTo03.includes(version);
}
/** Announcements carry hop ids, and asking for them may exclude one. */
export function hasHopIds(version: Version): boolean {
  return !upTo03.includes(version);
}
/** PROBE carries the round trip (moq-lite §6.4 PROBE B). */
export function hasProbeRtt(version: Version): boolean {
  return !upTo03.includes(version);
}
export function hasProbe(version: Version): boolean {
  return !upTo02.includes(version);
}
/** Announcements carry the number of hops. */
export function hasHopCount(version: Version): boolean {
  return !upTo02.includes(version);
}
/** What is there at first comes in one message (moq-lite §6.2 ANNOUNCE_INIT). */
export function hasAnnounceInit(version: Version): boolean {
  return upTo02.includes(version);
}
/** SUBSCRIBE carries more than a priority, and can be updated (moq-lite §6.3 SUBSCRIBE B). */
export function hasSubscribeUpdate(version: Version): boolean {
  return !upTo02.includes(version);
}
/** Replies to SUBSCRIBE carry a number that says which they are; else there is only the one. */
export function hasSubscribeReplies(version: Version): boolean {
  return !upTo02.includes(version);
}
/** SUBSCRIBE_OK is empty, for a version without numbered replies. */
export function hasEmptySubscribeOk(version: Version): boolean {
  return version !== Version.lite01;
}
