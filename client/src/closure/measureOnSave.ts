import { sep } from "node:path";
import { type Disposable, workspace } from "vscode";
import type { FlakeHost, FlakeHostsSource } from "../flakeHosts.ts";
import type { HostClosures } from "./hostClosures.ts";
import type { Measuring } from "./measuring.ts";

/** Files are saved in bursts: "Save All", formatters. */
const delayMs = 1500;

/** With `nixosVps.closure.measure` on `onSave`, weighs the hosts of a flake anew that were measured before when a file of it is saved. */
export function measureOnSave(
  hosts: FlakeHostsSource,
  closures: HostClosures,
  measuring: Measuring,
  onError: (error: unknown) => void,
): Disposable {
  const saved = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let isAtWork = false;

  async function measureSaved(): Promise<void> {
    if (isAtWork) return;
    isAtWork = true;
    try {
      // What is saved meanwhile is measured afterwards, once.
      while (saved.size > 0) {
        const files = [...saved];
        saved.clear();
        const { hosts: known } = await hosts.read();
        for (const host of known.filter((each) => isTouched(each, files) && closures.of(each))) {
          if (saved.size === 0) await measuring.measure({ flake: host.flake, name: host.name, isQuiet: true });
        }
      }
    } finally {
      isAtWork = false;
    }
  }

  const listening = workspace.onDidSaveTextDocument((document) => {
    const { uri, languageId } = document;
    const isWanted = workspace.getConfiguration("nixosVps", document).get("closure.measure") === "onSave";
    const isPart = languageId === "nix" || uri.path.endsWith("/flake.lock");
    if (!isWanted || !isPart || !workspace.isTrusted || uri.scheme !== "file") return;
    saved.add(uri.fsPath);
    timer ??= setTimeout(() => {
      timer = undefined;
      void measureSaved().catch(onError);
    }, delayMs);
  });

  return {
    dispose() {
      clearTimeout(timer);
      listening.dispose();
    },
  };
}

function isTouched({ flake }: FlakeHost, files: readonly string[]): boolean {
  return files.some((file) => file.startsWith(`${flake}${sep}`));
}
