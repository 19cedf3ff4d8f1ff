import { boards } from "../boards/index.ts";
import { render } from "../boards/kit/board.ts";
import { choose, type Kind, kinds, withSources } from "./data-sources.ts";
import { Grafana } from "./grafana.ts";
import { ImportError } from "./import-error.ts";
import type { ImportOptions } from "./options.ts";

/** What an import tells, in the order of its steps. */
export type ImportEvent =
  | { readonly event: "grafana"; readonly version: string; readonly url: string }
  | { readonly event: "data_source"; readonly kind: Kind; readonly uid?: string; readonly name?: string }
  | { readonly event: "folder"; readonly title: string; readonly uid: string; readonly made: boolean }
  | {
      readonly event: "board";
      readonly number: number;
      readonly of: number;
      readonly uid: string;
      readonly replaced: boolean;
      readonly url?: string;
    }
  | { readonly event: "done"; readonly boards: number; readonly dryRun: boolean };

/**
 * Loads every board into a Grafana: nothing is written before everything that can be asked beforehand is known to be right. Throws
 * ImportError.
 */
export async function importBoards(options: ImportOptions, tell: (event: ImportEvent) => void): Promise<void> {
  const { grafana: url, token, user, folder: title, dryRun } = options;
  const grafana = new Grafana({ url, token, user });
  tell({ event: "grafana", version: await grafana.version(), url });

  const choice = choose(await grafana.dataSources(), options);
  for (const kind of kinds) {
    const source = choice[kind];
    tell({ event: "data_source", kind, ...(source && { uid: source.uid, name: source.name }) });
  }

  const uid = uidOf(title);
  const isMade = (await grafana.folder(uid)) === undefined;
  const present = new Map(await Promise.all(boards.map(async (board) => [board.uid, await grafana.board(board.uid)] as const)));
  const provisioned = [...present].filter(([, there]) => there?.isProvisioned).map(([board]) => board);
  if (provisioned.length > 0)
    throw new ImportError("provisioned", `${provisioned.join(", ")}: from files that Grafana mounts; change those, or take the files away`);

  if (isMade && !dryRun) await grafana.makeFolder(uid, title);
  tell({ event: "folder", title, uid, made: isMade });
  let number = 0;
  for (const board of boards) {
    const saved = dryRun ? undefined : await grafana.save(withSources(render(board) as { readonly uid: string }, choice), uid);
    number += 1;
    const replaced = present.get(board.uid) !== undefined;
    tell({ event: "board", number, of: boards.length, uid: board.uid, replaced, ...(saved && { url: saved.url }) });
  }
  tell({ event: "done", boards: boards.length, dryRun });
}

/** The uid of a folder from its title: the same title finds the same folder again. */
export function uidOf(title: string): string {
  const uid = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40);
  if (uid === "") throw new ImportError("refused", `--folder "${title}" has no letter or digit that a uid could be made of`);
  return uid;
}

/** An event for a person. */
export function lineOf(event: ImportEvent, dryRun: boolean): string {
  switch (event.event) {
    case "grafana":
      return `Grafana ${event.version} at ${event.url}`;
    case "data_source":
      return event.uid === undefined
        ? `  ${event.kind}: none; panels that ask it say so`
        : `  ${event.kind}: ${event.name ?? ""} (${event.uid})`;
    case "folder":
      return `folder ${event.title} (${event.uid}): ${event.made ? (dryRun ? "would be made" : "made") : "is there"}`;
    case "board": {
      const what = event.replaced ? "replaced" : "new";
      return `${String(event.number).padStart(2)}/${event.of} ${event.uid}: ${dryRun ? `would be ${what}` : what}${event.url ? ` ${event.url}` : ""}`;
    }
    case "done":
      return event.dryRun ? `${event.boards} boards would be imported; nothing was changed` : `${event.boards} boards imported`;
  }
}
