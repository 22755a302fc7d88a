import { type FSWatcher, mkdirSync, watch } from "node:fs";
import { locksDirectory } from "./runLock.ts";

export interface RunWatch {
  /** Called some time after runs were added or removed, or one was begun, taken up again or ended. */
  readonly onChange: () => void;
  /** Called when nothing can be noticed, or not any more, with what the system says. */
  readonly onError: (message: string) => void;
}

/** A process listens a moment after it has taken its lock. */
const settleMs = 1_000;

/**
 * Notices runs, whoever starts them. A process takes a lock when it begins or takes up a run, which the directory of the run does not
 * show: it is there before, and stays.
 */
export function watchRuns(root: string, { onChange, onError }: RunWatch): { stop(): void } {
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  const notice = (): void => {
    clearTimeout(timer);
    timer = setTimeout(onChange, settleMs);
  };
  try {
    for (const directory of [root, locksDirectory(root)]) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const watcher = watch(directory, notice);
      watcher.on("error", (error) => onError(error.message));
      watchers.push(watcher);
    }
  } catch (error) {
    onError(error instanceof Error ? error.message : String(error));
  }
  return {
    stop() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
