import type { ExtensionContext, LogOutputChannel } from "vscode";
import type { ServerSession } from "./serverSession.ts";

/** What every command may use. */
export interface Context {
  readonly extension: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly server: ServerSession;
}
