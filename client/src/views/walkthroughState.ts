import { commands, type Disposable, type TabChangeEvent, window } from "vscode";

/** How often, and how many times, the key is set after a page was opened: VS Code reads the walkthroughs of extensions a while later. */
const intervalMs = 1_000;
const times = 6;

/**
 * Sets the context key `nixosVps.isWalkthroughOpened` for moments after a page such as a walkthrough was opened, so that what was
 * reached before is ticked off. VS Code ticks a step off when its condition becomes true, and never in a window where it was true
 * when the walkthroughs were read, which is when the first one is opened (gettingStartedService.ts, `registerDoneListeners`).
 */
export function keepWalkthroughState(): Disposable {
  let timer: NodeJS.Timeout | undefined;
  let left = 0;

  async function set(): Promise<void> {
    for (const value of [true, false])
      await commands.executeCommand("setContext", "nixosVps.isWalkthroughOpened", value);
    left -= 1;
    clearTimeout(timer);
    if (left > 0) timer = setTimeout(() => void set(), intervalMs);
  }

  const listening = window.tabGroups.onDidChangeTabs(({ opened, changed }: TabChangeEvent) => {
    // Pages have an input of no kind that extensions are told of; the label of this one is translated.
    if (![...opened, ...changed].some(({ input }) => input === undefined)) return;
    left = times;
    void set();
  });
  return {
    dispose() {
      clearTimeout(timer);
      listening.dispose();
    },
  };
}
