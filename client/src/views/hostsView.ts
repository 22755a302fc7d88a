import {
  type Disposable,
  EventEmitter,
  Range,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
  window,
} from "vscode";
import type { RunSummary } from "../../../core/src/bootstrap/runSummary.ts";
import { formatBytes } from "../../../core/src/closure/byteSizes.ts";
import { describeAge } from "../../../core/src/describeAge.ts";
import type { FindingCounts } from "../../../core/src/protocol.ts";
import { describeRun } from "../bootstrap/describeRun.ts";
import type { HostClosure } from "../closure/hostClosure.ts";
import { lensTooltip } from "../closure/lensText.ts";
import type { Context } from "../context.ts";
import type { FlakeHost } from "../flakeHosts.ts";
import { flakeNames } from "../flakeNames.ts";
import { count } from "../statusText.ts";
import { runIcon } from "./runIcon.ts";

type Node =
  | {
      readonly kind: "host";
      /** With the name, what a command of the item's menu reads (commands/bootstrap.ts). */
      readonly flake: string;
      readonly name: string;
      readonly host: FlakeHost;
      /** What its flake is called beside the others; undefined where there is one only. */
      readonly flakeName: string | undefined;
      readonly last: RunSummary | undefined;
    }
  | { readonly kind: "findings"; readonly host: FlakeHost }
  | { readonly kind: "closure"; readonly flake: string; readonly name: string; readonly closure: HostClosure }
  | { readonly kind: "bootstrap"; readonly last: RunSummary };

/** The hosts of the flakes of the workspace, and what is known of each. */
export function createHostsView({ hosts, bootstrap, closure: closures }: Context): Disposable {
  const changed = new EventEmitter<undefined>();

  const provider: TreeDataProvider<Node> = {
    onDidChangeTreeData: changed.event,
    async getChildren(node) {
      if (node === undefined) return hostNodes();
      if (node.kind !== "host") return [];
      return [
        { kind: "findings", host: node.host },
        ...closureNodes(node),
        ...(node.last ? [{ kind: "bootstrap", last: node.last } as const] : []),
      ];
    },
    getTreeItem: itemOf,
  };

  function closureNodes({ flake, name }: { readonly flake: string; readonly name: string }): Node[] {
    const closure = closures.of({ flake, name });
    return closure ? [{ kind: "closure", flake, name, closure }] : [];
  }

  async function hostNodes(): Promise<Node[]> {
    const [{ flakes, hosts: known }, runs] = await Promise.all([hosts.read(), bootstrap.runs()]);
    const names = flakeNames(flakes);
    return known.map((host) => ({
      ...{ kind: "host", flake: host.flake, name: host.name, host },
      flakeName: names.size > 1 ? names.get(host.flake) : undefined,
      last: runs.find((run) => run.flake === host.flake && run.host === host.name),
    }));
  }

  const view = window.createTreeView("nixosVps.hosts", { treeDataProvider: provider });
  const refresh = (): void => changed.fire(undefined);
  const listeners = [
    hosts.onDidChange(refresh),
    closures.onDidChange(refresh),
    bootstrap.tracker.onDidChangeList(refresh),
  ];
  return {
    dispose() {
      for (const listener of listeners) listener.dispose();
      view.dispose();
      changed.dispose();
    },
  };
}

function itemOf(node: Node): TreeItem {
  switch (node.kind) {
    case "host":
      return hostItem(node.host, node.flakeName);
    case "findings":
      return findingsItem(node.host);
    case "closure":
      return closureItem(node);
    case "bootstrap":
      return bootstrapItem(node.last);
  }
}

function hostItem(host: FlakeHost, flakeName: string | undefined): TreeItem {
  const { name, flake, uri, range, findings, modules, complete } = host;
  const item = new TreeItem(name, TreeItemCollapsibleState.Collapsed);
  item.id = `${flake}#${name}`;
  item.contextValue = "host";
  item.iconPath = new ThemeIcon("server", colorOf(findings));
  item.description = [...(flakeName === undefined ? [] : [flakeName]), ...seriousOf(findings)].join(", ");
  const followed = complete ? "" : ", and some that could not be followed";
  item.tooltip = `${name} of ${flake}\n${count(modules, "module")}${followed}`;
  item.accessibilityInformation = { label: `Host ${name}, ${seriousOf(findings).join(", ") || "no findings"}` };
  const { start, end } = range;
  const selection = new Range(start.line, start.character, end.line, end.character);
  item.command = { command: "vscode.open", title: "Open", arguments: [Uri.parse(uri), { selection }] };
  return item;
}

function findingsItem({ findings }: FlakeHost): TreeItem {
  const all = [...seriousOf(findings), ...(findings.info > 0 ? [`${findings.info} info`] : [])];
  const item = new TreeItem(all.join(", ") || "No findings");
  item.iconPath = new ThemeIcon(iconOf(findings), colorOf(findings));
  item.command = { command: "nixosVps.checkFlake", title: "Check Whole Flake" };
  return item;
}

/** As the Problems view draws the worst of them. */
function iconOf({ error, warning, info }: FindingCounts): string {
  if (error > 0) return "error";
  if (warning > 0) return "warning";
  return info > 0 ? "info" : "pass";
}

function closureItem({ flake, name, closure }: Extract<Node, { kind: "closure" }>): TreeItem {
  const item = new TreeItem(`Closure: ${formatBytes(closure.entry.totalBytes)}`);
  const isOver = closure.budget?.verdict === "over" || closure.fit?.verdict === "blocked";
  item.description = describeAge(Date.parse(closure.entry.measuredAt), Date.now());
  item.iconPath = new ThemeIcon("pie-chart", isOver ? new ThemeColor("list.warningForeground") : undefined);
  item.tooltip = lensTooltip(closure, Date.now());
  item.contextValue = "closure";
  item.command = { command: "nixosVps.analyzeClosure", title: "Analyze Closure", arguments: [{ flake, name }] };
  return item;
}

function bootstrapItem(last: RunSummary): TreeItem {
  const { description, detail } = describeRun(last, Date.now());
  const item = new TreeItem(`Bootstrap: ${description}`);
  item.iconPath = runIcon(last);
  item.tooltip = detail;
  item.command = { command: "nixosVps.showRun", title: "Show", arguments: [last.id] };
  return item;
}

function seriousOf({ error, warning }: FindingCounts): string[] {
  return [...(error > 0 ? [count(error, "error")] : []), ...(warning > 0 ? [count(warning, "warning")] : [])];
}

function colorOf({ error, warning }: FindingCounts): ThemeColor | undefined {
  if (error > 0) return new ThemeColor("list.errorForeground");
  return warning > 0 ? new ThemeColor("list.warningForeground") : undefined;
}
