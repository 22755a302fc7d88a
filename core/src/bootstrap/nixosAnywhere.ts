import type { BootstrapRequest } from "./request.ts";
import type { RunDirectory } from "./runDirectory.ts";
import type { RunNotes } from "./runNotes.ts";
import { StepFailed } from "./step.ts";

/** The phases of nixos-anywhere that are used: steps of ours run disko and the reboot, because they look before and after. */
export type Phase = "kexec" | "install";

/**
 * The command line of nixos-anywhere for one phase. Both paths go into every call, because it looks for them in each; `-p` is said
 * in each, because a port that only the configuration knows is waited for after kexec too, for ever.
 */
export function nixosAnywhereCommand(
  phase: Phase,
  { request, directory, notes, port }: NixosAnywhereCall,
): [string, ...string[]] {
  const { toplevel, diskoScript, installerPort = port } = notes;
  if (toplevel === undefined || diskoScript === undefined) throw new StepFailed("Nothing is built yet.");
  const isKexec = phase === "kexec";
  const destination = isKexec ? request.target : `root@${request.target.replace(/^.*@/, "")}`;
  return [
    request.nixosAnywhere,
    ...["--phases", phase, "--store-paths", diskoScript, toplevel, "--build-on", "local"],
    ...["-i", directory.privateKey, "-p", String(isKexec ? port : installerPort)],
    ...["--post-kexec-ssh-port", String(installerPort)],
    ...(isKexec && request.kexec !== undefined ? ["--kexec", request.kexec] : []),
    ...(phase === "install" && request.extraFiles !== undefined ? ["--extra-files", request.extraFiles] : []),
    destination,
  ];
}

export interface NixosAnywhereCall {
  readonly request: BootstrapRequest;
  readonly directory: RunDirectory;
  readonly notes: RunNotes;
  /** Where the old system listens. */
  readonly port: number;
}
