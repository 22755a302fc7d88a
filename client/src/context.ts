import type { ExtensionContext, LogOutputChannel } from "vscode";
import type { BootstrapController } from "./bootstrap/bootstrapController.ts";
import type { ClosureController } from "./closure/closureController.ts";
import type { FlakeHostsSource } from "./flakeHosts.ts";
import type { NixosVpsCommand } from "./nixosVpsCommand.ts";
import type { ServerSession } from "./serverSession.ts";

/** What every command may use. */
export interface Context {
  readonly extension: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly server: ServerSession;
  readonly hosts: FlakeHostsSource;
  readonly command: NixosVpsCommand;
  readonly bootstrap: BootstrapController;
  readonly closure: ClosureController;
}
