import { broadcast } from "./broadcast.ts";
import { fleet } from "./fleet.ts";
import { gateway } from "./gateway.ts";
import { host } from "./host.ts";
import type { Board } from "./kit/board.ts";
import { network } from "./network.ts";
import { overview } from "./overview.ts";
import { pipeline } from "./pipeline.ts";
import { session } from "./session.ts";
import { slo } from "./slo.ts";
import { viewers } from "./viewers.ts";

/** Every dashboard, in the order in which one asks. */
export const boards: readonly Board[] = [overview, viewers, broadcast, pipeline, network, fleet, slo, session, gateway, host];
