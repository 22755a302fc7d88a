/**
 * What client and server say to each other beyond LSP. The server states the same in its own protocol file;
 * a unit test compares the two.
 */

/** Server -> client: what the server is doing; sent whenever it changes. */
export const statusNotification = "nixosVps/status";

export interface StatusParams {
  readonly state: "starting" | "ready" | "error";
  readonly hosts: number;
  readonly findings: number;
  /** What went wrong, for `error`. */
  readonly message?: string;
}

/** Client -> server: checks every file of every flake in the workspace. */
export const checkWorkspaceRequest = "nixosVps/checkWorkspace";

export interface CheckWorkspaceResult {
  readonly files: number;
  readonly hosts: number;
  readonly findings: number;
}
