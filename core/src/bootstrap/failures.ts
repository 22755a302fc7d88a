import type { StepId } from "./stepId.ts";

/** A way in which a bootstrap fails, as its output shows it. */
export interface Failure {
  /** Kebab-case; says the fault. */
  readonly id: string;
  /** Lines that show it. */
  readonly pattern: RegExp;
  /** A line as the programs print it, which the pattern matches. */
  readonly example: string;
  readonly cause: string;
  readonly remedy: string;
  /** The step to go on from once the remedy is done. */
  readonly resumeFrom: StepId;
}

/**
 * Ordered from the specific to the general: the first one that matches names the failure. Patterns and examples are those of
 * nixos-anywhere 1.13, nixos-images, disko, kexec-tools 2.0 and Linux 6.1 to 6.12, as their sources and issue trackers show them.
 */
export const failures: readonly Failure[] = [
  {
    id: "kexec-out-of-memory",
    pattern: /kexec invoked oom-killer|Out of memory: Killed process \d+ \(kexec\)/,
    example: "[ 1570.685639] kexec invoked oom-killer: gfp_mask=0x100cc2(GFP_HIGHUSER), order=0, oom_score_adj=0",
    cause:
      "Loading the installer image needs about twice its size in available memory, and the old system did not have that much.",
    remedy: "Stop services on the old system, or let the run set up zram there first. The old system is still running.",
    resumeFrom: "prepare-target",
  },
  {
    id: "image-too-large",
    pattern: /kexec_load failed: Invalid argument|syscall kexec_file_load not available/,
    example: "kexec_load failed: Invalid argument",
    cause: "The kernel refuses an image that takes more than half of the memory. Swap does not help.",
    remedy: "Use a smaller installer image (without firmware), or a machine with more memory.",
    resumeFrom: "kexec",
  },
  {
    id: "kexec-forbidden",
    pattern:
      /kexec(_file)?_load failed: (Permission denied|Operation not permitted|Key was rejected by service|Required key not available)/,
    example: "kexec_load failed: Permission denied",
    cause: "Secure boot, kernel lockdown or kexec_load_disabled forbids loading another kernel.",
    remedy: "Switch off secure boot, or boot an installer ISO or the provider's rescue system instead.",
    resumeFrom: "kexec",
  },
  {
    id: "kexec-no-memory-hole",
    pattern: /kexec_file_load failed: (Address not available|Cannot assign requested address)/,
    example: "kexec_file_load failed: Address not available",
    cause: "The kernel found no place in memory for the image.",
    remedy:
      "Try again after a reboot of the old system, or boot an installer ISO or the provider's rescue system instead.",
    resumeFrom: "kexec",
  },
  {
    id: "kexec-unsupported",
    pattern:
      /kexec_file_load failed: Resource busy|Can't kexec: CPUs are stuck in the kernel|Could not get memory layout/,
    example: "[  651.356392] Can't kexec: CPUs are stuck in the kernel.",
    cause: "The processor or the hypervisor cannot start another kernel.",
    remedy: "Boot an installer ISO or the provider's rescue system instead.",
    resumeFrom: "kexec",
  },
  {
    id: "container",
    pattern: /does not support running from a '[^']+' container/,
    example: "WARNING: This script does not support running from a 'lxc' container. kexec will likely not work",
    cause: "The machine is a container: it shares the kernel of its host and cannot start another one.",
    remedy: "NixOS needs a real virtual machine (KVM). Ask the provider for one.",
    resumeFrom: "inspect",
  },
  {
    id: "tool-missing-on-target",
    pattern: /no (tar|cpio|setsid) command|(cpio|bash|gzip|setsid): (command )?not found|setsid: unrecognized option/,
    example: "aborted: no cpio command found, but required to build the new initrd",
    cause: "The old system lacks a tool that the installer's start needs.",
    remedy: "Install cpio, util-linux, bash and gzip with the package manager of the old system.",
    resumeFrom: "prepare-target",
  },
  {
    id: "sudo-needs-password",
    pattern: /sudo: (a terminal is required|a password is required)/,
    example:
      "sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper",
    cause: "The user needs a password for sudo, and there is no terminal to type it in.",
    remedy: "Log in as root, or give the user passwordless sudo.",
    resumeFrom: "inspect",
  },
  {
    id: "key-passphrase",
    pattern: /wants the key .+, which (has a passphrase|the passphrase that was given does not open)/,
    example: "203.0.113.5 wants the key ~/.ssh/id_ed25519, which has a passphrase.",
    cause: "The target accepts a key of yours that has a passphrase, and the run does not know it.",
    remedy:
      "Resume in the editor or on a terminal, where the passphrase is asked for; or add the key to an ssh agent first (ssh-add).",
    resumeFrom: "connect",
  },
  {
    id: "login-refused",
    pattern:
      /Too many authentication failures|Permission denied \(publickey|authorized_keys: (Permission denied|Read-only file system)/,
    example: "Received disconnect from 192.168.122.91 port 22:2: Too many authentication failures",
    cause: "The target accepts none of the keys that were offered.",
    remedy:
      "Check that you can log in with ssh, and name the key with IdentityFile and IdentitiesOnly in ~/.ssh/config.",
    resumeFrom: "connect",
  },
  {
    id: "ssh-copy-id-incompatible",
    pattern: /ssh-copy-id: .*Too many arguments|^.*Too many arguments/,
    example: "/usr/bin/ssh-copy-id: ERROR: Too many arguments.  Expecting a target hostname, got:",
    cause: "This nixos-anywhere does not work with the ssh-copy-id of this computer.",
    remedy: "Update nixos-anywhere.",
    resumeFrom: "kexec",
  },
  {
    id: "kexec-script-died",
    pattern: /sh: 0: -c requires an argument/,
    example: "sh: 0: -c requires an argument",
    cause: "The start script of an old nixos-anywhere ends without a message when it has a terminal.",
    remedy: "Update nixos-anywhere to 1.13.0 or newer.",
    resumeFrom: "kexec",
  },
  {
    id: "download-broken",
    pattern:
      /gzip: stdin: unexpected end of file|tar: Child returned status|wget: .*(resol|unable)|curl: \(\d+\)|Network is unreachable/,
    example: "gzip: stdin: unexpected end of file",
    cause: "The installer image did not arrive whole.",
    remedy: "Download it on this computer, check its hash, and name it with --kexec FILE.",
    resumeFrom: "kexec",
  },
  {
    id: "installer-panicked",
    pattern:
      /Initramfs unpacking failed: write error|System is deadlocked on memory|Unable to mount root fs on unknown-block/,
    example: "[    6.516858] Kernel panic - not syncing: System is deadlocked on memory",
    cause: "The installer does not fit into the memory of this machine, so its kernel stopped while unpacking it.",
    remedy: "Power-cycle the machine: its disk is untouched and the old system comes back. Then use a smaller image.",
    resumeFrom: "inspect",
  },
  {
    id: "old-system-came-back",
    pattern: /aborted: Failed to kexec into NixOS installer/,
    example: "aborted: Failed to kexec into NixOS installer",
    cause: "After the restart the old system answered instead of the installer.",
    remedy: "Look at the machine's console for why the installer did not start. The disk is untouched.",
    resumeFrom: "kexec",
  },
  {
    id: "host-key-changed",
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed/,
    example: "Host key verification failed.",
    cause: "The machine that answers has another host key than the one this run was pinned to.",
    remedy:
      "Make sure that the address is the right machine. The installer keeps the target's ed25519 and rsa keys; a target that has only other keys cannot be followed.",
    resumeFrom: "connect",
  },
  {
    id: "sigbus",
    pattern:
      /Bus error|attempt to access beyond end of device|Read-error on swap-device|rw=\d+, ?sector=\d+, ?nr_sectors = \d+ limit=\d+/,
    example: "vda1: rw=0, sector=14442744, nr_sectors = 8 limit=2048",
    cause:
      "Swap or a mount was active on the disk that was being repartitioned: pages that were swapped out there are lost.",
    remedy:
      "The installer's memory is damaged: power-cycle the machine before anything else, then start again. The disk gate prevents this.",
    resumeFrom: "inspect",
  },
  {
    id: "disk-in-use",
    pattern:
      /kernel is still using the old partition table|unable to inform the kernel of the change|target is busy|Device or resource busy/,
    example: "Warning: The kernel is still using the old partition table.",
    cause: "Something still uses the disk that is being repartitioned.",
    remedy: "Unmount it and switch off swap on it, then run the disk gate again.",
    resumeFrom: "disk-gate",
  },
  {
    id: "partition-link-missing",
    pattern:
      /\/dev\/disk\/by-part(label|uuid)\/\S+.*No such file or directory|cannot open \/dev\/disk\/by-part(label|uuid)\//,
    example: "mkswap: cannot open /dev/disk/by-partlabel/disk-main-swap: No such file or directory",
    cause: "The link to a new partition was not there yet when it was needed.",
    remedy: "Resume. If it happens again, start with --patch always: the disko script waits for the links then.",
    resumeFrom: "disk-gate",
  },
  {
    id: "wrong-disk-name",
    pattern: /Problem opening \S+ for reading|realpath: \/dev\/\S+: No such file|Could not stat device \/dev\//,
    example: "Problem opening /dev/sda for reading! Error is 2.",
    cause: "The disk that the configuration names does not exist on this machine.",
    remedy: "Set disko.devices.disk.<name>.device to a disk that the plan lists.",
    resumeFrom: "build",
  },
  {
    id: "tool-missing-in-installer",
    pattern: /(jq|cryptsetup|sgdisk|partprobe|mdadm|zpool|pvcreate|mkfs\.\w+): (command )?not found/,
    example:
      "/nix/store/fpwn44vygjj6bfn8s1jj9p8yh6jhfxni-disk-deactivate/disk-deactivate: line 8: jq: command not found",
    cause: "The installer image lacks a tool that the disko script needs.",
    remedy:
      "Start again with --disko-deps, which takes disko's tools along, or with another installer image (--kexec).",
    resumeFrom: "build",
  },
  {
    id: "passphrase-prompt",
    pattern: /Enter pass(word|phrase) for|Nothing to read on input/,
    example: "Enter password for /dev/disk/by-partlabel/disk-external-luks:",
    cause: "disko asks for a disk passphrase, and there is no terminal to type it in.",
    remedy: "Set passwordFile or settings.keyFile in the configuration, and give the file with --disk-key PATH=FILE.",
    resumeFrom: "disko",
  },
  {
    id: "garbage-collection-loop",
    pattern: /running auto-GC to free \d+ bytes/,
    example: "running auto-GC to free 2638921728 bytes",
    cause: "The installer's store is smaller than its min-free setting, so every copy starts a garbage collection.",
    remedy: "Set min-free = 0 in the installer's nix.conf; the installer step does that.",
    resumeFrom: "prepare-installer",
  },
  {
    id: "no-space",
    pattern: /No space left on device/,
    example: "error: writing to file: No space left on device",
    cause: "A file system is full. In the installer the store is a tmpfs of half of the memory, whatever the swap.",
    remedy:
      "Leave out --disko-deps. If it is the target's disk that is full, make the closure smaller or the disk larger.",
    resumeFrom: "prepare-installer",
  },
  {
    id: "boot-loader",
    pattern:
      /will not proceed with blocklists|contains no BIOS Boot Partition|install-grub\.pl line \d+|installation of GRUB .* failed|EFI variables are not supported on this system|is not a mounted partition|Failed to install bootloader/,
    example: "Died at /nix/store/xlfyjbcgi8x6i4klw8r0rqx66hma7qzf-install-grub.pl line 586.",
    cause: "The boot loader of the configuration does not fit the firmware or the partitions of the machine.",
    remedy: "BIOS needs GRUB and a partition of type EF02; UEFI needs an EF00 partition mounted at /boot.",
    resumeFrom: "build",
  },
  {
    id: "activation-failed",
    pattern: /Activation script snippet '[^']+' failed|\[agenix\] WARNING|age: error: no identity matched/,
    example: "[agenix] WARNING: config.age.identityPaths entry /etc/ssh/ssh_host_ed25519_key not present!",
    cause: "A part of the new system's activation failed; nixos-install does not stop for that.",
    remedy:
      "Give the host keys to the new system with --extra-files, below the persistent path when the root is wiped.",
    resumeFrom: "install",
  },
  {
    id: "nixos-install-missing",
    pattern: /nixos-install: (command )?not found/,
    example: "sh: line 25: nixos-install: command not found",
    cause: "The installer image has no nixos-install.",
    remedy: "Use the noninteractive kexec image of nixos-images.",
    resumeFrom: "kexec",
  },
  {
    id: "local-build",
    pattern:
      /is required to build '|required system or feature not available|does not provide attribute|must be existing store-paths/,
    example:
      "error: a 'x86_64-linux' with features {} is required to build '/nix/store/...-disko.drv', but I am a 'aarch64-darwin'",
    cause: "The machine that builds has another system than the target, or the flake has no such host.",
    remedy:
      "Check the host's name, or build on a machine with the target's system (--build-host), or set one up as a remote builder of Nix.",
    resumeFrom: "build",
  },
  {
    id: "build-host-without-nix",
    pattern: /^\S*sh:.*nix-daemon/,
    example: "bash: line 1: nix-daemon: command not found",
    cause: "The machine that is to build has no Nix, or ssh does not find its nix-daemon.",
    remedy:
      "Install Nix there. Where it is installed, nix-daemon has to be on the PATH of commands that ssh runs: SetEnv PATH=... in its sshd_config, or a link in /usr/local/bin.",
    resumeFrom: "build",
  },
  {
    id: "build-host-unreachable",
    pattern:
      /^No \S+ host key is known for|^Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|^\S+: Permission denied \(|^ssh: |^kex_exchange_identification: |^Connection (to \S+ )?(closed|reset) by|^Timeout, server \S+ not responding|^client_loop: send disconnect|^(error: )?(failed to start SSH connection|cannot open connection to remote store|unexpected end-of-file|Nix daemon disconnected unexpectedly|(writing to|reading from) file: (Broken pipe|Connection reset))/,
    example: "No ED25519 host key is known for builder and you have requested strict checking.",
    cause: "The machine that is to build was not reached over ssh, or the connection to it broke.",
    remedy:
      "Make ssh log in to it without a question: the machine is up, known_hosts has its key (log in once by hand, and compare it), and your key is with an agent or has no passphrase. Or build on another machine, or on this computer.",
    resumeFrom: "build",
  },
  {
    id: "unsigned-paths",
    pattern: /^(error: )?cannot add path '[^']+' because it lacks a (valid signature|signature by a trusted key)/,
    example:
      "error: cannot add path '/nix/store/xlfyjbcgi8x6i4klw8r0rqx66hma7qzf-nixos-system-vps' because it lacks a valid signature",
    cause: "What another machine builds is unsigned, and Nix on this computer takes that from trusted users alone.",
    remedy:
      "Add yourself to trusted-users in /etc/nix/nix.conf on this computer and restart its Nix daemon; or have the other machine sign what it builds (secret-key-files there, trusted-public-keys here).",
    resumeFrom: "build",
  },
  {
    id: "sshd-config-hidden",
    pattern: /\/etc\/ssh\/sshd_config: No such file or directory/,
    example: "/etc/ssh/sshd_config: No such file or directory",
    cause: "/etc/ssh is persisted as a directory: it is mounted over the configuration that NixOS generates.",
    remedy: "Persist the host keys as files. Until then, run /run/current-system/activate on the console.",
    resumeFrom: "build",
  },
  {
    id: "new-host-key-every-boot",
    pattern: /ssh_host_\w+_key.*(?:dangling|broken) symlink/,
    example: "warning: /etc/ssh/ssh_host_ed25519_key is a dangling symlink to /persist/etc/ssh/ssh_host_ed25519_key",
    cause: "The host key's persisted file does not exist, so a new key is made at every boot.",
    remedy: "Give the host keys to the new system with --extra-files, below the persistent path.",
    resumeFrom: "install",
  },
  {
    id: "kexec-not-run",
    pattern: /Kexec may have failed - check output above|^Kexec failed$|kexec failed, dumping dmesg/,
    example: "Kexec may have failed - check output above",
    cause: "The installer's kernel was not started.",
    remedy: "The lines before this one in the log say why. The old system is still running.",
    resumeFrom: "kexec",
  },
  {
    id: "copy-broken",
    pattern:
      /Out of memory: Killed process \d+ \((nix|sshd)[^)]*\)|unexpected end-of-file|client_loop: send disconnect|writing to file: Broken pipe|Timeout, server \S+ not responding|got EOF while expecting|Connection reset by |failed to start SSH connection|cannot connect to '[^']+'|Connection to \S+ closed by remote host/,
    example: "client_loop: send disconnect: Broken pipe",
    cause: "The connection broke while something was copied: the target ran out of memory, or the network failed.",
    remedy: "Resume: paths that arrived whole are not copied again. With zram in the installer the memory suffices.",
    resumeFrom: "prepare-installer",
  },
  {
    id: "out-of-memory",
    pattern: /invoked oom-killer|Out of memory: Killed process/,
    example: "[  412.118034] Out of memory: Killed process 1187 (mkfs.btrfs) total-vm:48120kB, anon-rss:31844kB",
    cause: "The target ran out of memory, and its kernel ended a program.",
    remedy: "Resume. If it happens again, use a smaller installer image (--kexec), or leave out --disko-deps.",
    resumeFrom: "prepare-installer",
  },
  {
    id: "peer-silent",
    pattern: /\S+ has been silent for \d+ s/,
    example: "203.0.113.5 has been silent for 20 s: it hangs, or the network to it is gone.",
    cause:
      "The target sends nothing any more, and has not closed the connection: it hangs, mostly for want of memory, or the network between it and this computer is gone.",
    remedy:
      "Try to log in by hand. If nothing answers, look at the machine's console; if it answers, resume. A machine that hangs has to be power-cycled: before disko the old system comes back.",
    resumeFrom: "prepare-installer",
  },
  {
    id: "connection-lost",
    pattern: /The connection to \S+ (was lost|is gone)/,
    example: "The connection to 203.0.113.5 was lost.",
    cause: "The target closed the connection in the middle of a command: it went down, or its sshd was ended.",
    remedy: "Wait until the machine answers again, then resume: what was done is found on it.",
    resumeFrom: "prepare-installer",
  },
  {
    id: "substituter",
    pattern: /unable to download '[^']+'|lacks a (valid )?signature/,
    example: "warning: unable to download 'https://cache.nixos.org/nix-cache-info': Couldn't resolve host name (6)",
    cause: "The target cannot fetch from the binary cache, or does not trust what it holds.",
    remedy:
      "Nothing has to be done: what the target cannot fetch is uploaded from this computer. If that is slow, check the target's DNS.",
    resumeFrom: "install",
  },
  {
    id: "unreachable-after-install",
    pattern: /the new system did not answer within \d+ s/,
    example: "the new system did not answer within 300 s",
    cause:
      "The installed system did not come up, or not at this address: boot loader, network configuration, initrd modules or sshd.",
    remedy: "Look at the machine's console. The checks before the reboot name what to look for.",
    resumeFrom: "proof-after-boot",
  },
  {
    id: "unreachable",
    pattern:
      /ssh: connect to host \S+ port \d+: (Connection timed out|No route to host|Connection refused|Operation timed out)/,
    example: "ssh: connect to host 10.144.139.249 port 22: No route to host",
    cause: "Nothing answers at this address and port.",
    remedy:
      "Look at the machine's console. If only the installer was started, a power-cycle brings the old system back.",
    resumeFrom: "kexec",
  },
];

/** A failure of the list. Throws an error when it has none of that id. */
export function failureOf(id: string): Failure {
  const found = failures.find((failure) => failure.id === id);
  if (found === undefined) throw new Error(`There is no failure ${id}.`);
  return found;
}
