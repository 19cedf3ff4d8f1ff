export { dropped, type LinkCounters } from "./counters.ts";
export type { Direction, Protocol } from "./flow.ts";
export {
  createImpairment,
  type FlowCounters,
  type Impairment,
  type ImpairmentCounters,
  type ImpairmentOptions,
  type ImpairmentSettings,
  type Where,
} from "./impairment.ts";
export { seeded } from "./seeded.ts";
export { clear, type LinkSettings } from "./settings.ts";
export { type ImpairmentState, SpawnedImpairment } from "./spawned.ts";
export type { Endpoint } from "./udp.ts";
