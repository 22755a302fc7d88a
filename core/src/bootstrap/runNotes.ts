import type { RunEvent } from "./events.ts";

/** A filesystem or swap area on a disk, as blkid(8) reads it. */
export interface Filesystem {
  readonly device: string;
  readonly uuid: string;
}

/** What a run has found out and later steps need, also after the run was taken up again. */
export interface RunNotes {
  readonly oldBootId?: string;
  /** Whether the run's key lets it in. */
  readonly isKeyInstalled?: boolean;
  /** Whether the old system was given a swap file that it still has. */
  readonly hasSwapFile?: boolean;
  /** Who may log in to the installed system with a key. */
  readonly users?: readonly string[];
  readonly installerPort?: number;
  /** Where the installed system's sshd listens, when that is somewhere else. */
  readonly installedPort?: number;
  /** Whether the installer may be starting; false while only files are brought over, and when the old system is seen to run on. */
  readonly isKexecBegun?: boolean;
  readonly toplevel?: string;
  readonly diskoScript?: string;
  /** Whether the disko script brings its tools. */
  readonly hasDiskoDependencies?: boolean;
  readonly closureBytes?: number;
  readonly closurePaths?: number;
  /** Disks that the disko script partitions, as it names them. */
  readonly disks?: readonly string[];
  /** Empty when the installer is not what runs. */
  readonly installerBootId?: string;
  readonly filesystems?: readonly Filesystem[];
  /** The disko script that made them. */
  readonly formattedBy?: string;
  /** The boot of the installer on which disko ran. */
  readonly diskoBootId?: string;
  /** What the activation said that failed while it was installed; empty when nothing did. */
  readonly activationFailure?: string;
  readonly overlayBootId?: string;
  readonly installedBootId?: string;
}

/** What the events of a run have noted; later ones win. */
export function notesOf(events: readonly RunEvent[]): RunNotes {
  return Object.assign({}, ...events.flatMap((event) => (event.type === "noted" ? [event.notes] : [])));
}
