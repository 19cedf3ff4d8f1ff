import { describe, expect, it } from "vitest";
import { humanLine, paintFor, readLogLine } from "./log-line.ts";

const plain = paintFor({ isTTY: false }, {});
const human = (line: object | string): string | undefined =>
  humanLine("relay", readLogLine(typeof line === "string" ? line : JSON.stringify(line)), plain);

describe("a line of a child", () => {
  it("becomes one short line for a change of state", () => {
    const opened = {
      level: "info",
      event: "moq.session.opened",
      message: "Session opened",
      peer: "client",
      active: 2,
      "session.id": "abc",
    };
    expect(human(opened)).toBe("relay     Session opened, peer client, active 2");
  });

  it("is marked when someone must act or it healed itself", () => {
    expect(human({ level: "warn", event: "moq.export.failed", message: "Telemetry export failed" })).toBe(
      "relay     warning: Telemetry export failed",
    );
    expect(human({ level: 50, msg: "No disk" })).toBe("relay     error: No disk");
  });

  it("is not shown when the block tells it, when it is detail, or when it is empty", () => {
    expect(human({ level: "info", event: "moq.ready", message: "Ready" })).toBeUndefined();
    expect(human({ level: "debug", event: "moq.subscription", message: "Subscription changed state" })).toBeUndefined();
    expect(human("  ")).toBeUndefined();
  });

  it("is shown as it stands when it is no record", () => {
    expect(human("{ not JSON")).toBe("relay     { not JSON");
  });

  it("has colours on a terminal only, and not where NO_COLOR is set", () => {
    expect(paintFor({ isTTY: true }, {}).red("x")).toBe("\u001b[31mx\u001b[39m");
    expect(paintFor({ isTTY: true }, { NO_COLOR: "1" }).red("x")).toBe("x");
    expect(plain.red("x")).toBe("x");
  });
});
