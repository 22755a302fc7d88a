import { TabInputWebview, ViewColumn, type WebviewPanel, window } from "vscode";

/**
 * Opens a panel; its place is that of the tab in front when that shows a panel of the same type which is none of `known`: one that an
 * extension host which crashed left behind. VS Code keeps its tab, and nobody can speak to it any more.
 */
export function openPanel(viewType: string, title: string, known: Iterable<{ isActive(): boolean }>): WebviewPanel {
  const tab = window.tabGroups.activeTabGroup.activeTab;
  // Its type is that of the panel with a word of VS Code before it.
  const isOfType = tab?.input instanceof TabInputWebview && tab.input.viewType.endsWith(`-${viewType}`);
  const isLost = isOfType && ![...known].some((panel) => panel.isActive());
  const panel = window.createWebviewPanel(viewType, title, ViewColumn.Active);
  if (tab && isLost) void window.tabGroups.close(tab);
  return panel;
}
