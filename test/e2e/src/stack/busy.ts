import type { Stores } from "./stores.ts";

/** Alerts about time: on a machine that has more to do than it can, they are true. */
const ofTime = /^Moq(?:ForwardSlow|EventLoopSlow|StartupSlow|LatencyHigh|ClockUncertain|HostSaturated|\w+BudgetBurn\w+)$/;
/** Those besides that wait for a figure each second where every duration is divided. */
const ofSeconds = /^Moq(?:RelaySilent|GatewaySilent)$/;
const busyShare = 0.9;

/** Whether a machine that is that busy explains an alert. */
export function busyExplains(
  alert: string,
  { share, isHurried = false }: { readonly share: number; readonly isHurried?: boolean },
): boolean {
  return share > busyShare && (ofTime.test(alert) || (isHurried && ofSeconds.test(alert)));
}

/** The greatest share of its processors that this machine had in use over ten seconds, within the last so many; 0 where nobody tells. */
export async function busiest(stores: Stores, seconds: number): Promise<number> {
  const busy = '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[30s]))';
  const [found] = await stores.query(`max_over_time((${busy})[${Math.ceil(seconds)}s:5s])`);
  return Number(found?.value[1] ?? 0);
}
