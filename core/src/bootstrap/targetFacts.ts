/** A value that was not found out; nothing is guessed in its place. */
export type Unknown = "unknown";

export interface TargetSwap {
  readonly name: string;
  readonly kind: "partition" | "file" | "zram" | Unknown;
  readonly sizeKiB: number;
  readonly usedKiB: number | Unknown;
}

export interface TargetMount {
  readonly path: string;
  readonly source: string;
  readonly fstype: string;
}

export interface TargetDisk {
  /** Kernel name, such as `vda`. */
  readonly name: string;
  readonly sizeBytes: number | Unknown;
  readonly model: string | Unknown;
  readonly serial: string | Unknown;
  /** Its other names, such as `/dev/disk/by-id/virtio-abc`; left out when they are not known. */
  readonly aliases?: readonly string[];
  /** What is mounted from the disk or its partitions. */
  readonly mounts: readonly TargetMount[];
}

/** A machine as it was found, by one command that only reads. */
export interface TargetFacts {
  readonly memory: { readonly totalKiB: number; readonly availableKiB: number } | Unknown;
  readonly swap: readonly TargetSwap[] | Unknown;
  /** From os-release(5); `variantId` is `installer` in the installer of NixOS. */
  readonly os: { readonly id: string; readonly name: string; readonly variantId: string } | Unknown;
  readonly kernel: string | Unknown;
  readonly arch: string | Unknown;
  /** `none`, or what `systemd-detect-virt --container` calls it. */
  readonly container: string | Unknown;
  readonly user: { readonly name: string; readonly uid: number } | Unknown;
  /** How the user becomes root: is root, without a password, only with one, or not at all. */
  readonly root: "is-root" | "passwordless" | "needs-password" | "no-way" | Unknown;
  readonly tools: readonly string[] | Unknown;
  /** Name of the program that installs packages; `none` when a look at the target found none that is known. */
  readonly packageManager: string | Unknown;
  readonly firmware: "bios" | "uefi" | Unknown;
  readonly secureBoot: boolean | Unknown;
  /** `none`, `integrity` or `confidentiality` (kernel_lockdown(7)). */
  readonly lockdown: string | Unknown;
  readonly kexecLoadDisabled: boolean | Unknown;
  /** Whether the kernel can make zram devices. */
  readonly zram: boolean | Unknown;
  readonly hostKeys: readonly { readonly type: string; readonly fingerprint: string }[] | Unknown;
  readonly network:
    | {
        /** Addresses with prefix length, without loopback and link-local ones. */
        readonly addresses: readonly string[];
        readonly gateways: readonly string[];
        readonly dhcp: boolean | Unknown;
      }
    | Unknown;
  readonly disks: readonly TargetDisk[] | Unknown;
  /** What / is on. */
  readonly rootFilesystem: { readonly fstype: string; readonly freeBytes: number } | Unknown;
  /** Free space where the installer is unpacked, in the user's home. */
  readonly homeFreeBytes: number | Unknown;
  /** The port that sshd itself listens on, which a forwarded port leads to (ssh(1), SSH_CONNECTION). */
  readonly sshPort: number | Unknown;
  /** Changes at every boot (random(4), boot_id). */
  readonly bootId: string | Unknown;
}

export const unknownFacts: TargetFacts = {
  memory: "unknown",
  swap: "unknown",
  os: "unknown",
  kernel: "unknown",
  arch: "unknown",
  container: "unknown",
  user: "unknown",
  root: "unknown",
  tools: "unknown",
  packageManager: "unknown",
  firmware: "unknown",
  secureBoot: "unknown",
  lockdown: "unknown",
  kexecLoadDisabled: "unknown",
  zram: "unknown",
  hostKeys: "unknown",
  network: "unknown",
  disks: "unknown",
  rootFilesystem: "unknown",
  homeFreeBytes: "unknown",
  sshPort: "unknown",
  bootId: "unknown",
};

/** Whether what runs is the installer of NixOS already. */
export function runsInstaller({ os }: TargetFacts): boolean {
  return os !== "unknown" && os.variantId === "installer";
}
