import { speaksAsServer } from "./matrix.ts";
import type { Component } from "./table.ts";

/** `@moq/publish` 0.2.17 offers bare framings only: it needs moq-lite-02 behind one of them. */
export const publishPlays: boolean = ["qmux-02", "qmux-01", "qmux-00", "webtransport"].some(speaksAsServer);

const shown = "yes, `test/interop/src/components.test.ts`";

export function components(): readonly Component[] {
  return [
    {
      name: "`@moq/watch` 0.4.6",
      does: "plays what `moqscope pub sample` publishes, through our relay",
      result: shown,
    },
    {
      name: "`@moq/publish` 0.2.17",
      does: "publishes a camera and a microphone through our relay to our player",
      result: publishPlays ? shown : "not yet: it offers bare framings only, which lead to moq-lite-02",
    },
  ];
}
