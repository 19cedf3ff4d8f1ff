/** What is compared: our relay with a recorder that hears nothing, and with metrics, logs and traces. */
export const contestants = ["silent", "everything"] as const;
export type Contestant = (typeof contestants)[number];
