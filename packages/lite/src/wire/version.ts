/** Released versions of moq-lite, by the name that negotiates them (moq-lite §1). */
export const Version = {
  lite01: "moq-lite-01",
  lite02: "moq-lite-02",
  lite03: "moq-lite-03",
  lite04: "moq-lite-04",
  lite05: "moq-lite-05",
} as const;
export type Version = (typeof Version)[keyof typeof Version];

/** What this package speaks, newest first. */
export const supportedVersions: readonly Version[] = [Version.lite05];

/** The version that a negotiated application protocol stands for, if we speak it. */
export function versionOf(protocol: string): Version | undefined {
  return supportedVersions.find((version) => version === protocol);
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
export function hasGoaway(version: Version): boolean {
  return !upTo03.includes(version);
}
export function hasProbe(version: Version): boolean {
  return !upTo02.includes(version);
}
