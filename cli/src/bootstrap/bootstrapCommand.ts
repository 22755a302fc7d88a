import type { CommandSpec } from "../command.ts";

export const bootstrapCommand: CommandSpec = {
  name: "bootstrap",
  arguments: "[OPTION...] FLAKE#HOST TARGET",
  summary: "Installs a host of a flake on a rented machine that runs some Linux, over ssh.",
  options: [
    { name: "plan", help: "Say what would happen, step by step, and whether the memory suffices; change nothing." },
    { name: "format", value: "FORMAT", help: "With --plan: text (default) or json." },
    {
      name: "facts",
      value: "FILE",
      help: "With --plan: plan from what nixos-vps inspect printed, not from the target.",
    },
    { name: "initrd-mib", value: "N", help: "Size of the installer's initrd (default: 336, that of nixos-images)." },
    { name: "port", short: "p", value: "N", help: "Port of sshd on the target." },
    { name: "installer-port", value: "N", help: "Port of sshd in the installer (default: found out)." },
    {
      name: "installed-port",
      value: "N",
      help: "Port of sshd in the installed system (default: what its configuration says, else the installer's).",
    },
    { name: "ssh-config", value: "FILE", help: "Another OpenSSH configuration than your own (ssh -F)." },
    { name: "host-key", value: "SHA256:...", help: "Fingerprint of the target's host key, when known_hosts lacks it." },
    {
      name: "yes-wipe",
      value: "DISK",
      multiple: true,
      help: "Wipe this disk without asking, in this call; any other disk stops the run. Repeatable.",
    },
    {
      name: "accept",
      value: "ID",
      multiple: true,
      help: "Go on in spite of this finding or failed check. Repeatable.",
    },
    { name: "kexec", value: "FILE", help: "Archive of the installer (default: the one of nixos-anywhere)." },
    { name: "extra-files", value: "DIR", help: "Copied over the installed system, such as host keys made beforehand." },
    { name: "disko-deps", help: "Take disko's tools along instead of using the installer's; needs 400 MiB more." },
    { name: "no-disko-deps", help: "With --resume: use the installer's tools after all." },
    { name: "patch", value: "WHEN", help: "Replace disko's udevadm calls: auto (default), always or never." },
    {
      name: "swap-file",
      value: "WHEN",
      help: "Give the old system a swap file while the installer is loaded: auto (default: when zram is not enough), always or never.",
    },
    { name: "overlay", value: "WHEN", help: "Put the installer's store on the disk: auto (default), always or never." },
    {
      name: "build-host",
      value: "HOST",
      help: "Build on this machine, which ssh reaches as [USER@]HOST[:PORT], instead of here; never the target.",
    },
    { name: "no-build-host", help: "With --resume: build on this computer after all." },
    {
      name: "disk-key",
      value: "PATH=FILE",
      multiple: true,
      help: "A file here that the disko script expects at PATH, such as the key of an encrypted disk. Repeatable.",
    },
    {
      name: "json",
      help: "Print what happens as JSON, one event a line; questions are answered over the control socket.",
    },
    {
      name: "detach",
      help: "Carry it out in a process that outlives this terminal; print the name of the run once it is at work.",
    },
    {
      name: "resume",
      value: "RUN",
      help: "Go on with a run after the last step that was done (nixos-vps runs); --accept, --patch, --overlay, --disko-deps and --build-host may be chosen anew.",
    },
  ],
  notes: [
    "TARGET is what ssh takes: root@203.0.113.5, or a name of your ssh configuration. The steps, the run's directory and its control socket are described in docs/bootstrap.md. NIXOS_VPS_NIXOS_ANYWHERE names the nixos-anywhere to use, otherwise it is looked for in PATH. A password for the first login is taken from SSHPASS, the passphrase of a key from NIXOS_VPS_KEY_PASSPHRASE; on a terminal they are asked for.",
    "Exit code: 0 when the system is installed and proven (with --plan: when nothing stands against it), 1 when it failed, 2 when it could not start, 3 when it was cancelled, 4 when it is installed and a check failed.",
  ],
  examples: [
    ["nixos-vps bootstrap --plan .#vps root@203.0.113.5", "See what would happen, and whether the memory suffices:"],
    ["nixos-vps bootstrap .#vps root@203.0.113.5", "Install, and be asked before the disk is wiped:"],
    ["nixos-vps bootstrap --yes-wipe /dev/vda .#vps root@203.0.113.5", "Install without a question:"],
    [
      "nixos-vps bootstrap --build-host builder .#vps root@203.0.113.5",
      "Install what another machine builds, such as one with the target's kind of processor:",
    ],
    ["nixos-vps bootstrap --detach .#vps root@203.0.113.5", "Install, whatever becomes of this terminal:"],
    ["nixos-vps bootstrap --resume 20261123T120000Z-vps-1a2b", "Go on with a run that was cut short:"],
  ],
};
