import { type LogOutputChannel, window } from "vscode";

/** The "NixOS VPS" output channel; its level is set with "Developer: Set Log Level...". */
export function createLog(): LogOutputChannel {
  return window.createOutputChannel("NixOS VPS", { log: true });
}
