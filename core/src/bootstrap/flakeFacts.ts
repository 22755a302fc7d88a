import type { Unknown } from "./targetFacts.ts";

/** What the flake says of the host that is to be installed. */
export interface FlakeFacts {
  readonly host: string;
  /** Disks that disko repartitions, as the configuration names them (`/dev/vda`). */
  readonly disks: readonly string[] | Unknown;
  readonly bootMode: "bios" | "uefi" | "both" | Unknown;
  /** Size of the system's closure, when it is built. */
  readonly closureBytes: number | Unknown;
  /** What the rules say of the host. */
  readonly findings: readonly {
    readonly rule: string;
    readonly severity: "error" | "warning" | "info" | "hint";
    readonly message: string;
    readonly file: string;
    readonly line: number;
  }[];
}
