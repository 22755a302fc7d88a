import { type Disposable, type DocumentSelector, LanguageStatusSeverity, languages } from "vscode";
import { type ShownStatus, statusText } from "./statusText.ts";

export interface StatusItem extends Disposable {
  show(status: ShownStatus): void;
}

/** The entry in the language status list (the braces in the status bar) of Nix documents. */
export function createStatusItem(selector: DocumentSelector): StatusItem {
  const item = languages.createLanguageStatusItem("nixosVps.status", selector);
  item.name = "NixOS VPS";

  function show(status: ShownStatus): void {
    const { text, detail, severity, busy } = statusText(status);
    item.text = text;
    item.detail = detail;
    item.busy = busy;
    item.severity = severity === "error" ? LanguageStatusSeverity.Error : LanguageStatusSeverity.Information;
    item.command =
      status.state === "error"
        ? { command: "nixosVps.restartServer", title: "Restart Language Server" }
        : { command: "nixosVps.showLog", title: "Show Log" };
  }

  show({ state: "starting", hosts: 0, findings: 0 });
  return { show, dispose: () => item.dispose() };
}
