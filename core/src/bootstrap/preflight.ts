import { neededDiskBytes } from "./diskForecast.ts";
import type { FlakeFacts } from "./flakeFacts.ts";
import { bytesOfDisks, diskOf } from "./targetDisks.ts";
import { runsInstaller, type TargetDisk, type TargetFacts } from "./targetFacts.ts";
import { missingTools, packageManagerOf } from "./targetTools.ts";

/** Something to know before anything is touched. An `error` stops the run unless it is accepted by its id. */
export interface PreflightFinding {
  readonly id: string;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly remedy: string;
  /** Where in the flake it is, when a rule found it there; the line counts from 1. */
  readonly place?: { readonly file: string; readonly line: number };
}

export interface PreflightOptions {
  readonly initrdMiB: number;
  /** Whether the installer's archive is given, and not the stock one for the target's processor. */
  readonly hasOwnImage: boolean;
}

type Check = (target: TargetFacts, flake: FlakeFacts, options: PreflightOptions) => PreflightFinding[];

/** Looks at a target and at the flake for what would stop a bootstrap later. What is not known is said, not guessed. */
export function preflight(target: TargetFacts, flake: FlakeFacts, options: PreflightOptions): PreflightFinding[] {
  const asked = runsInstaller(target) ? checks.filter((check) => !beforeKexec.includes(check)) : checks;
  return asked.flatMap((check) => check(target, flake, options));
}

const checks: readonly Check[] = [
  container,
  processor,
  rootAccess,
  kexecAllowed,
  tools,
  homeSpace,
  hostKeys,
  installerAlready,
  disks,
  diskSpace,
  bootMode,
  swapOnDisk,
  network,
  flakeFindings,
  unknownFacts,
  unknownConfiguration,
];

/** Of no interest once the installer runs. */
const beforeKexec: readonly Check[] = [container, processor, kexecAllowed, tools, homeSpace, hostKeys, swapOnDisk];

function container(target: TargetFacts): PreflightFinding[] {
  if (target.container === "none" || target.container === "unknown") return [];
  return [
    {
      id: "container",
      severity: "error",
      message: `The target is a ${target.container} container: it shares the kernel of its host and cannot start NixOS.`,
      remedy: "Ask the provider for a virtual machine with its own kernel (KVM).",
    },
  ];
}

/** Processors that nixos-images has installers for. */
const stockImages: readonly string[] = ["x86_64", "aarch64"];

function processor({ arch }: TargetFacts, _: FlakeFacts, { hasOwnImage }: PreflightOptions): PreflightFinding[] {
  if (arch === "unknown" || hasOwnImage || stockImages.includes(arch)) return [];
  return [
    {
      id: "no-installer-image",
      severity: "error",
      message: `The target's processor is ${arch}, and there are ready installer images for ${stockImages.join(" and ")} alone.`,
      remedy: "Build one from nixos-images for it, and give it with --kexec FILE.",
    },
  ];
}

function rootAccess({ root, user }: TargetFacts): PreflightFinding[] {
  if (root === "is-root" || root === "passwordless" || root === "unknown") return [];
  const name = user === "unknown" ? "the user" : user.name;
  return [
    {
      id: "no-root",
      severity: "error",
      message:
        root === "needs-password"
          ? `${name} needs a password for sudo, and there is no terminal to type it in.`
          : `${name} cannot become root on the target.`,
      remedy: "Log in as root (root@HOST), or give the user sudo without a password.",
    },
  ];
}

function kexecAllowed({ kexecLoadDisabled, lockdown, secureBoot }: TargetFacts): PreflightFinding[] {
  if (kexecLoadDisabled === true) {
    return [
      {
        id: "kexec-disabled",
        severity: "error",
        message: "The kernel of the target refuses kexec until its next boot (kernel.kexec_load_disabled = 1).",
        remedy: "Remove that sysctl and reboot the target, or boot an installer ISO.",
      },
    ];
  }
  const isLocked = lockdown !== "none" && lockdown !== "unknown";
  if (!isLocked && secureBoot !== true) return [];
  return [
    {
      id: "kexec-lockdown",
      severity: isLocked ? "error" : "warning",
      message: isLocked
        ? `Kernel lockdown (${lockdown}) allows only signed kernels to be started.`
        : "Secure boot is on; the kernel may refuse to start the installer.",
      remedy: "Switch off secure boot in the provider's panel, or boot an installer ISO.",
    },
  ];
}

function tools(target: TargetFacts): PreflightFinding[] {
  const missing = missingTools(target);
  if (missing.length === 0) return [];
  const manager = packageManagerOf(target);
  const isSeen = manager !== undefined && [target.packageManager, ...target.tools].includes(manager.name);
  return [
    {
      id: "tools-missing",
      severity: isSeen ? "info" : manager ? "warning" : "error",
      message: `The target lacks ${missing.join(", ")}, which starting the installer needs.`,
      remedy: isSeen
        ? `The run installs them with ${manager.name}.`
        : manager
          ? `The run installs them with ${manager.name}, the package manager of its distribution, which was not seen among its programs.`
          : "Install them by hand: the target has none of pacman, apt, dnf, apk and zypper.",
    },
  ];
}

function homeSpace({ homeFreeBytes }: TargetFacts, _: FlakeFacts, { initrdMiB }: PreflightOptions): PreflightFinding[] {
  // The archive and what is in it lie there together for a moment.
  const needMiB = 2 * initrdMiB + 20;
  if (homeFreeBytes === "unknown" || homeFreeBytes >= needMiB * 1024 * 1024) return [];
  const haveMiB = Math.floor(homeFreeBytes / 1024 / 1024);
  return [
    {
      id: "no-space-for-installer",
      severity: "error",
      message: `The home directory on the target has ${haveMiB} MiB free; the installer image needs ${needMiB} MiB.`,
      remedy: "Free space on the target.",
    },
  ];
}

function hostKeys({ hostKeys: keys }: TargetFacts): PreflightFinding[] {
  if (keys === "unknown" || keys.some((key) => key.type === "ed25519" || key.type === "rsa")) return [];
  return [
    {
      id: "host-keys-not-carried",
      severity: "error",
      message:
        "The target has no ed25519 or rsa host key, so the installer would answer with a key that nobody knows, or not at all.",
      remedy: "Run ssh-keygen -A on the target and restart its sshd.",
    },
  ];
}

function installerAlready(target: TargetFacts): PreflightFinding[] {
  if (!runsInstaller(target)) return [];
  return [
    {
      id: "installer-runs-already",
      severity: "info",
      message: "The target runs a NixOS installer already.",
      remedy: "The run goes on from there.",
    },
  ];
}

function disks(target: TargetFacts, flake: FlakeFacts): PreflightFinding[] {
  if (target.disks === "unknown" || flake.disks === "unknown") return [];
  if (flake.disks.length === 0) {
    return [
      {
        id: "no-disko",
        severity: "error",
        message: `${flake.host} has no disko.devices.disk, so there is nothing that says how to partition the target.`,
        remedy: "Add a disko configuration to the host.",
      },
    ];
  }
  const found = target.disks;
  return flake.disks
    .filter((device) => !diskOf(target, device) && isNamedLike(device, found))
    .map((device) => ({
      id: "disk-missing",
      severity: "error",
      message: `${flake.host} wants to partition ${device}, which the target does not have.`,
      remedy: `Its disks are ${found.map((disk) => `/dev/${disk.name}`).join(", ") || "none"}: set disko.devices.disk.<name>.device.`,
    }));
}

/** Whether the target would show a disk of that name if it had it. */
function isNamedLike(device: string, found: readonly TargetDisk[]): boolean {
  if (!device.startsWith("/dev/disk/") || found.length === 0) return true;
  const kind = device.slice(0, device.lastIndexOf("/") + 1);
  return found.every(({ aliases }) => aliases?.some((alias) => alias.startsWith(kind)));
}

function diskSpace(target: TargetFacts, flake: FlakeFacts): PreflightFinding[] {
  if (flake.closureBytes === "unknown" || flake.disks === "unknown") return [];
  const closure = flake.closureBytes;
  const total = bytesOfDisks(target, flake.disks);
  if (total === undefined || total > neededDiskBytes(closure)) return [];
  return [
    {
      id: "closure-too-large",
      severity: "error",
      message: `The system takes ${gigabytes(closure)} and the disk has ${gigabytes(total)}.`,
      remedy: "Make the closure smaller: `nixos-vps closure` shows what is heavy, and who added it.",
    },
  ];
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function bootMode({ firmware }: TargetFacts, flake: FlakeFacts): PreflightFinding[] {
  if (
    firmware === "unknown" ||
    flake.bootMode === "unknown" ||
    flake.bootMode === "both" ||
    flake.bootMode === firmware
  )
    return [];
  return [
    {
      id: "boot-mode-mismatch",
      severity: "error",
      message: `The target boots by ${firmware === "uefi" ? "UEFI" : "BIOS"}, and ${flake.host} is configured for ${flake.bootMode === "uefi" ? "UEFI" : "BIOS"}: it would not start.`,
      remedy:
        firmware === "bios"
          ? "Use GRUB with a 1 MiB partition of type EF02."
          : "Use systemd-boot or GRUB with efiSupport and an EF00 partition at /boot.",
    },
  ];
}

function swapOnDisk({ swap }: TargetFacts): PreflightFinding[] {
  if (swap === "unknown") return [];
  const onDisk = swap.filter((entry) => entry.kind !== "zram");
  if (onDisk.length === 0) return [];
  return [
    {
      id: "swap-on-disk",
      severity: "info",
      message: `The old system swaps to ${onDisk.map((entry) => entry.name).join(", ")}.`,
      remedy:
        "That is fine until the installer runs; the disk gate makes sure that none of it is used when the disk is repartitioned.",
    },
  ];
}

function network(
  { network: found }: TargetFacts,
  _: FlakeFacts,
  { hasOwnImage }: PreflightOptions,
): PreflightFinding[] {
  if (found === "unknown") return [];
  const findings: PreflightFinding[] = [];
  const hasIpv4 = found.addresses.some((address) => address.includes("."));
  if (!hasIpv4 && found.addresses.length > 0 && !hasOwnImage) {
    findings.push({
      id: "ipv6-only",
      severity: "warning",
      message:
        "The target has only IPv6 addresses, and the default download of the installer goes through a third party's proxy then.",
      remedy: "Give the installer image as a file with --kexec FILE.",
    });
  }
  if (found.dhcp === false && found.addresses.length > 0) {
    findings.push({
      id: "static-address",
      severity: "warning",
      message: `The target has a static address (${found.addresses.join(", ")}). The installer keeps it; the installed system has only what its configuration says.`,
      remedy: "Check that the host's networking sets this address and gateway.",
    });
  }
  return findings;
}

function flakeFindings(_: TargetFacts, { findings }: FlakeFacts): PreflightFinding[] {
  return findings
    .filter((finding) => finding.severity === "error" || finding.severity === "warning")
    .map(({ rule, severity, message, file, line }) => ({
      id: rule,
      severity: severity === "error" ? "error" : "warning",
      message: `${file}:${line}: ${message}`,
      remedy: `nixos-vps explain ${rule}`,
      place: { file, line },
    }));
}

/** What each fact is to a reader; the package manager matters only with missing tools, and is spoken of there. */
const factNames: Readonly<Record<Exclude<keyof TargetFacts, "packageManager">, string>> = {
  memory: "memory",
  swap: "swap",
  os: "distribution",
  kernel: "version of the kernel",
  arch: "processor",
  container: "whether it is a container",
  user: "user who logs in",
  root: "how that user becomes root",
  tools: "installed programs",
  firmware: "BIOS or UEFI",
  secureBoot: "secure boot",
  lockdown: "kernel lockdown",
  kexecLoadDisabled: "whether the kernel allows kexec",
  zram: "whether the kernel has zram",
  hostKeys: "host keys",
  network: "addresses",
  disks: "disks",
  rootFilesystem: "root file system",
  homeFreeBytes: "free space in the home directory",
  sshPort: "port of sshd",
  bootId: "boot id",
};

function unknownFacts(target: TargetFacts): PreflightFinding[] {
  const names = Object.entries(factNames).filter(([fact]) => target[fact as keyof TargetFacts] === "unknown");
  if (names.length === 0) return [];
  const isRoot = target.user !== "unknown" && target.user.uid === 0;
  return [
    {
      id: "unknown-facts",
      severity: "warning",
      message: `Not known of the target: ${names.map(([, name]) => name).join(", ")}. What depends on that is not checked.`,
      remedy: isRoot
        ? "The machine does not say that to root either: make sure of it yourself before the disk is wiped."
        : "Log in as root (root@HOST), or record what the machine is like as root with nixos-vps inspect.",
    },
  ];
}

function unknownConfiguration(_: TargetFacts, { host, disks, bootMode }: FlakeFacts): PreflightFinding[] {
  const names = [
    ...(disks === "unknown" ? ["which disks it partitions"] : []),
    ...(bootMode === "unknown" ? ["whether it boots by BIOS or UEFI"] : []),
  ];
  if (names.length === 0) return [];
  return [
    {
      id: "unknown-configuration",
      severity: "warning",
      message: `Not known of the configuration of ${host}: ${names.join(", ")}. What depends on that is not checked.`,
      remedy:
        "Plan against the target itself, which evaluates the host; a plan from recorded facts (--facts) does not.",
    },
  ];
}
