import { join } from "node:path";
import { processStart } from "../process/processStart.ts";
import { signalGroup } from "../process/runProcess.ts";
import { type RunDirectory, readIfThere, writePrivate } from "./runDirectory.ts";

/** Process groups of a run, written down so that a later process can end those that outlived a killed one. */
export interface ProcessGroups {
  started(group: number): void;
  /** Ends what an earlier process of the run has left running. */
  endLeftOver(): void;
}

interface Group {
  readonly group: number;
  readonly started: string;
}

/** @param onUnwritable told when a group cannot be written down; it runs by then, and is to be ended */
export function createProcessGroups({ path }: RunDirectory, onUnwritable: (error: unknown) => void): ProcessGroups {
  const file = join(path, "processes.json");
  let groups: Group[] = [];
  return {
    started(group) {
      groups = [
        ...groups.filter((each) => processStart(each.group) === each.started),
        { group, started: processStart(group) ?? "" },
      ];
      try {
        writePrivate(file, JSON.stringify(groups));
      } catch (error) {
        onUnwritable(error);
      }
    },
    endLeftOver() {
      for (const { group, started } of parseGroups(readIfThere(file)))
        if (started !== "" && processStart(group) === started) signalGroup(group, "SIGKILL");
    },
  };
}

function parseGroups(text: string | undefined): readonly Group[] {
  try {
    const value: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(value) ? (value as Group[]) : [];
  } catch {
    return [];
  }
}
