import { ThemeColor, ThemeIcon } from "vscode";
import type { RunSummary } from "../../../core/src/bootstrap/runSummary.ts";

/** Icons that say it without their colour, too. */
const icons: Readonly<Record<RunSummary["status"], readonly [icon: string, color?: string]>> = {
  running: ["sync~spin"],
  interrupted: ["debug-disconnect", "list.warningForeground"],
  installed: ["pass", "testing.iconPassed"],
  failed: ["error", "list.errorForeground"],
  "not-started": ["circle-slash", "list.errorForeground"],
  cancelled: ["circle-slash"],
  "proof-failed": ["warning", "list.warningForeground"],
  "written by a newer nixos-vps": ["question"],
  "cannot be read": ["question"],
};

export function runIcon({ status, isAsking }: RunSummary): ThemeIcon {
  if (isAsking) return new ThemeIcon("bell-dot");
  const [icon, color] = icons[status];
  return new ThemeIcon(icon, color === undefined ? undefined : new ThemeColor(color));
}
