import { setImmediate } from "node:timers/promises";
import type { FlakeProject } from "../../../core/src/project/flakeProject.ts";
import { unknownHost } from "../unknownHost.ts";
import { describeFindings, type ShownFinding } from "./describeFindings.ts";
import { isSelected, type Target } from "./resolveTargets.ts";

/** A flake that was read and the part of it that was asked for. */
export interface CheckedFlake {
  readonly project: FlakeProject;
  readonly target: Target;
}

/** The Nix files whose findings are asked for. */
export function selectedFiles({ project, target }: CheckedFlake): readonly string[] {
  return project.files().filter((path) => isSelected(target, path));
}

/** The findings of the selected files as the project stands now; `root` is what their paths are relative to. */
export async function selectedFindings(flake: CheckedFlake, root: string): Promise<readonly ShownFinding[]> {
  const shown: ShownFinding[] = [];
  for (const path of selectedFiles(flake)) {
    shown.push(...describeFindings(flake.project, path, root));
    // Lets an interrupt through.
    await setImmediate();
  }
  return shown;
}

/** Throws `CannotRun` when a host is in none of the flakes. */
export function requireHosts(flakes: readonly CheckedFlake[], hosts: readonly string[]): void {
  const names = flakes.flatMap(({ project }) => project.hosts().map(({ name }) => name));
  const known = [...new Set(names)].sort();
  for (const host of hosts) {
    if (!known.includes(host)) throw unknownHost(host, known);
  }
}
