import type { OptionValues } from "@moqscope/telemetry/options";
import { prepareTransport } from "../dial.ts";
import type { SubscribeReport, SubscribeSummary } from "../sub/report.ts";
import { subscribe } from "../sub/subscribe.ts";
import { type CommandContext, startTelemetry } from "./context.ts";
import type { subOptions } from "./options.ts";
import { connectionLog } from "./pub.ts";
import { summaryText, table } from "./sub-text.ts";

/** `moqscope sub`: watches until the broadcast ends, the time is over or the user stops it, then prints the account. */
export async function sub(values: OptionValues<typeof subOptions>, context: CommandContext): Promise<void> {
  await prepareTransport(values.transport);
  const telemetry = startTelemetry("moq-sub", values, context);
  const { url, broadcast, rendition, duration, timeout, track } = values;
  const { recorder } = telemetry;
  try {
    const subscription = subscribe({
      url,
      broadcast,
      ...(rendition === undefined ? {} : { rendition }),
      ...(track.length === 0 ? {} : { tracks: track }),
      ...(duration === undefined ? {} : { durationMs: duration }),
      ...(timeout === undefined ? {} : { timeoutMs: timeout }),
      transport: values.transport,
      connectTimeoutMs: values.connectTimeout,
      signal: context.signal,
      onConnection: connectionLog(recorder, url),
      onState: (state) => {
        const message = state === "waiting" ? `Waiting for ${broadcast}, which is not there` : `${broadcast}: ${state}`;
        recorder.event("info", "moq.subscription", { message, broadcast, state });
      },
    });
    const print = printer(values.json, context);
    for await (const report of subscription) print(report);
    print(await subscription.summary);
  } finally {
    await telemetry.shutdown();
  }
}
function printer(json: boolean, { stdout }: CommandContext): (report: SubscribeReport | SubscribeSummary) => void {
  if (json) return (report) => stdout.write(`${JSON.stringify(report)}\n`);
  const show = table();
  return (report) => {
    if (report.type === "summary") stdout.write(`${summaryText(report)}\n`);
    else if (stdout.isTTY) stdout.write(show(report));
  };
}
