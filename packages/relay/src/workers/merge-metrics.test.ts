import { expect, test } from "vitest";
import { mergeMetrics } from "./merge-metrics.ts";

test("series of several pages stand below one HELP and TYPE each, none is lost", () => {
  const page = (instance: string, extra = ""): string =>
    `# HELP a A.\n# TYPE a counter\na{instance="${instance}"} 1\n# HELP b B.\n# TYPE b gauge\nb{instance="${instance}",x="1"} 2\nb{instance="${instance}",x="2"} 3\n${extra}`;
  expect(mergeMetrics([page("n/0"), page("n/1", "# HELP c C.\n# TYPE c gauge\nc 4\n"), ""])).toBe(
    '# HELP a A.\n# TYPE a counter\na{instance="n/0"} 1\na{instance="n/1"} 1\n' +
      '# HELP b B.\n# TYPE b gauge\nb{instance="n/0",x="1"} 2\nb{instance="n/0",x="2"} 3\nb{instance="n/1",x="1"} 2\nb{instance="n/1",x="2"} 3\n' +
      "# HELP c C.\n# TYPE c gauge\nc 4\n",
  );
});
