import type { LoginSecrets } from "./loginSecrets.ts";
import type { Login, Stage } from "./machine.ts";
import type { SshTarget } from "./openSsh.ts";
import { pinnedKeys } from "./pinnedKeys.ts";
import type { BootstrapRequest } from "./request.ts";
import { type RunDirectory, readIfThere } from "./runDirectory.ts";
import type { RunNotes } from "./runNotes.ts";

export interface LoginSource {
  readonly directory: RunDirectory;
  readonly request: Pick<BootstrapRequest, "installedPort">;
  readonly secrets?: LoginSecrets | undefined;
}

/** A forwarded port leads to the same port of whatever system runs; otherwise the installer listens on its own. */
export function installerPortOf({ port }: SshTarget, sshPort: number | "unknown"): number {
  return sshPort === "unknown" || sshPort === port ? 22 : port;
}

/** How the system that runs at a stage is logged in to. */
export function stageLogin(
  stage: Stage,
  ssh: SshTarget,
  { directory, request, secrets }: LoginSource,
  notes: RunNotes,
): Login {
  const acceptedKeys = pinnedKeys(directory);
  const privateKey = notes.isKeyInstalled ? readIfThere(directory.privateKey) : undefined;
  if (stage === "old")
    return { target: ssh, acceptedKeys, privateKey, ...(privateKey === undefined ? { secrets } : {}) };
  const port = notes.installerPort ?? ssh.port;
  if (stage === "installer") return { target: { ...ssh, user: "root", port }, acceptedKeys, privateKey };
  // The run's key is not part of the installed system: its user's own key has to let him in. Passwords were those of the old one.
  const { users = ["root"] } = notes;
  const user = ["root", ssh.user].find((name) => users.includes(name)) ?? users[0] ?? "root";
  return {
    target: { ...ssh, user, port: request.installedPort ?? notes.installedPort ?? port },
    acceptedKeys,
    secrets: { passphrase: secrets?.passphrase },
  };
}
