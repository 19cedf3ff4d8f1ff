/** What a browser tells of its user's wish; both stand on `navigator`. */
interface PrivacySignals {
  readonly globalPrivacyControl?: unknown;
  readonly doNotTrack?: unknown;
}

/** Global Privacy Control and Do Not Track: either switches telemetry off. */
export function optedOut(): boolean {
  if (typeof navigator === "undefined") return false;
  const { globalPrivacyControl, doNotTrack } = navigator as PrivacySignals;
  return globalPrivacyControl === true || doNotTrack === "1" || doNotTrack === "yes";
}
