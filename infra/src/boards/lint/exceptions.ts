/** What a rule does not ask of a board, and why. A declared exception that is not needed fails the test. */
export const exceptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "template-job-rule": Object.fromEntries(
    ["overview", "pipeline", "broadcast", "viewers", "network", "fleet", "slo", "session", "gateway"].map((name) => [
      `moq-${name}`,
      "each query names the one job whose metric it is; only processes of several jobs tell the same metrics",
    ]),
  ),
  "template-instance-rule": Object.fromEntries(
    ["overview", "pipeline", "broadcast", "viewers", "slo", "session"].map((name) => [
      `moq-${name}`,
      "it is about the fleet, not one process",
    ]),
  ),
  "target-job-rule": { "moq-slo": "objectives are judged by the very expressions of their alerts, over all jobs that tell the metric" },
  "target-rate-interval-rule": { "moq-slo": "an objective is over its 30 days, however the board is zoomed" },
};
