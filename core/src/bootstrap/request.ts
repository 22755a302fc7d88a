import type { HostReference } from "../nix/flakeReference.ts";
import type { BootstrapChoices } from "./plan.ts";

/** What was asked for; kept in the run's directory so that the run can be taken up again. No secrets, and no leave to wipe a disk. */
export interface BootstrapRequest extends BootstrapChoices {
  readonly version: 1;
  readonly reference: HostReference;
  /** As OpenSSH takes it: `root@203.0.113.5`, or an alias. */
  readonly target: string;
  readonly port?: number | undefined;
  /** Where the installer and the installed system listen; found out when left out. */
  readonly installerPort?: number | undefined;
  readonly installedPort?: number | undefined;
  /** Another OpenSSH configuration than the user's. */
  readonly sshConfig?: string | undefined;
  /** Fingerprint (`SHA256:…`) of the host key that is expected. */
  readonly hostKey?: string | undefined;
  /** Absolute path of a directory that is copied over the installed system. */
  readonly extraFiles?: string | undefined;
  /** Files with keys of encrypted disks, and where the disko script expects them in the installer. */
  readonly diskKeys: readonly { readonly remote: string; readonly local: string }[];
  /** Absolute path of nixos-anywhere. */
  readonly nixosAnywhere: string;
}
