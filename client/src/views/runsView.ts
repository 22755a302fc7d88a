import { type Disposable, EventEmitter, type TreeDataProvider, TreeItem, window } from "vscode";
import type { RunSummary } from "../../../core/src/bootstrap/runSummary.ts";
import { canResume } from "../bootstrap/canResume.ts";
import { describeRun } from "../bootstrap/describeRun.ts";
import type { Context } from "../context.ts";
import { runIcon } from "./runIcon.ts";

/** A run as commands take it. */
interface RunNode {
  readonly run: string;
  readonly summary: RunSummary;
  /** Whether its host was installed on other machines too, so that its name alone does not say which run it is. */
  readonly isOneOfSeveral: boolean;
}

/** The bootstraps of this computer, the newest first. */
export function createRunsView({ bootstrap }: Context): Disposable {
  const changed = new EventEmitter<undefined>();
  const provider: TreeDataProvider<RunNode> = {
    onDidChangeTreeData: changed.event,
    getChildren: async () => nodesOf(await bootstrap.runs()),
    getTreeItem: itemOf,
  };
  const view = window.createTreeView("nixosVps.runs", { treeDataProvider: provider });
  const refresh = (): void => changed.fire(undefined);
  const shown = new Map<string, string>();
  const listeners = [
    bootstrap.tracker.onDidChangeList(refresh),
    // A run reports many times a second; what the list shows of it changes with its step.
    bootstrap.tracker.onDidChange(({ id, state }) => {
      const step = state.steps.find(({ status }) => status === "running")?.id;
      const key = `${step} ${state.question?.id} ${state.outcome}`;
      if (shown.get(id) !== key) refresh();
      shown.set(id, key);
    }),
    view.onDidChangeVisibility(({ visible }) => {
      if (visible) refresh();
    }),
  ];
  return {
    dispose() {
      for (const listener of listeners) listener.dispose();
      view.dispose();
      changed.dispose();
    },
  };
}

function nodesOf(runs: readonly RunSummary[]): RunNode[] {
  return runs.map((summary) => ({
    ...{ run: summary.id, summary },
    isOneOfSeveral: runs.some(({ host, target }) => host === summary.host && target !== summary.target),
  }));
}

function itemOf({ run, summary, isOneOfSeveral }: RunNode): TreeItem {
  const { label, description, detail } = describeRun(summary, Date.now());
  const item = new TreeItem(label);
  item.id = run;
  item.description = isOneOfSeveral ? `on ${summary.target}, ${description}` : description;
  item.tooltip = `${detail}\n${run}`;
  item.iconPath = runIcon(summary);
  item.contextValue = contextOf(summary);
  item.accessibilityInformation = { label: `Bootstrap of ${label}, ${description}, ${detail}` };
  item.command = { command: "nixosVps.showRun", title: "Show", arguments: [run] };
  return item;
}

/** What the conditions of the menus in package.json tell runs apart by. */
function contextOf(summary: RunSummary): string {
  const { status } = summary;
  if (status === "running" || status === "interrupted") return `run.${status}`;
  return canResume(summary) ? "run.resumable" : "run.ended";
}
