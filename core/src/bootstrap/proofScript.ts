import { parsePublicKeys } from "./ownKeys.ts";
import { shellQuote } from "./shellQuote.ts";

/** A check of a proof, as the target carried it out. */
export interface ProofCheck {
  readonly id: string;
  readonly verdict: "passed" | "failed" | "skipped";
  readonly detail: string;
}

export interface ProofOptions {
  readonly toplevel: string;
  readonly disks: readonly string[];
  /** Addresses that the old system had without DHCP. */
  readonly staticAddresses: readonly string[];
}

// Absolute links below /mnt lead out of it, so what is looked at by them is looked at from inside, by chroot with the new system's
// own programs; nixos-enter would activate the system once more.
/** Shell for the installer that looks for what would lock you out of the system under /mnt. */
export const proofBeforeRebootScript = ({ toplevel, disks, staticAddresses }: ProofOptions): string => `
T=${shellQuote(toplevel)}
say() { printf 'check\\t%s\\t%s\\t%s\\n' "$1" "$2" "$3"; }
# What the kernel kills when memory runs out has found nothing: the whole script ends with it.
run_new() { program=$1; shift; chroot /mnt "$T/sw/bin/$program" "$@"; status=$?; [ $status != 137 ] || kill -KILL $$; return $status; }
in_new() { run_new "$@" 2>&1; }
has_new() { run_new test -x "$T/sw/bin/$1" 2>/dev/null; }
new_exists() { run_new test -e "$1"; }

# Programs in there want devices, as they have them when nixos-enter runs them.
mkdir -p /mnt/dev
mount --bind /dev /mnt/dev && trap 'umount /mnt/dev' EXIT

profile=$(readlink /mnt/nix/var/nix/profiles/system)
case $profile in /nix/store/*) ;; *) profile=$(readlink "/mnt/nix/var/nix/profiles/$profile") ;; esac
if [ "$profile" = "$T" ] && [ -e "/mnt$T/init" ]; then say profile passed "$T"; else say profile failed "the profile leads to \${profile:-nothing}"; fi

type=$(findmnt -nro FSTYPE -T /mnt/nix/store | tail -n 1)
case $type in tmpfs | ramfs | overlay | '') say store-on-disk failed "the store is on \${type:-nothing}" ;; *) say store-on-disk passed "$type" ;; esac

firmware=bios
[ -d /sys/firmware/efi ] && firmware=uefi
if [ $firmware = bios ]; then
  found=
  for device in ${disks.map(shellQuote).join(" ")}; do
    dd if="$device" bs=512 count=1 2>/dev/null | grep -aq GRUB && found=$device
  done
  if [ -z "$found" ]; then say boot-loader failed "no disk has GRUB in its first sector"
  elif [ ! -s /mnt/boot/grub/grub.cfg ]; then say boot-loader failed "/boot/grub/grub.cfg is missing"
  else say boot-loader passed "GRUB on $found"; fi
else
  found=
  for esp in /mnt/boot /mnt/boot/efi /mnt/efi; do
    for file in "$esp"/EFI/BOOT/BOOT*.EFI "$esp"/EFI/systemd/systemd-boot*.efi "$esp"/EFI/*/grub*.efi; do [ -e "$file" ] && found=$file; done
  done
  if [ -n "$found" ]; then say boot-loader passed "\${found#/mnt}"; else say boot-loader failed "no EFI system partition has a boot loader"; fi
fi

if ! has_new test; then
  for id in mounts network sshd-config host-keys sshd-enabled etc-shadowed login; do say $id skipped "the system has no programs to look with"; done
else
  # A file system that is not there is waited for at boot, and then nothing goes on.
  if new_exists "$T/etc/fstab"; then
    waits=
    while read -r source where type options _; do
      case $source in
        UUID=*) device=/dev/disk/by-uuid/\${source#UUID=} ;; LABEL=*) device=/dev/disk/by-label/\${source#LABEL=} ;;
        PARTUUID=*) device=/dev/disk/by-partuuid/\${source#PARTUUID=} ;; PARTLABEL=*) device=/dev/disk/by-partlabel/\${source#PARTLABEL=} ;;
        /dev/*) device=$source ;; *) continue ;;
      esac
      case ,$options, in *,nofail,* | *,noauto,*) continue ;; esac
      [ "$type" = swap ] || [ -e "$device" ] || waits="$waits $where on $source"
    done <<FSTAB
$(in_new cat "$T/etc/fstab")
FSTAB
    if [ -n "$waits" ]; then say mounts failed "what is mounted at boot is not there:$waits"; else say mounts passed ""; fi
  else
    say mounts skipped "the system has no etc/fstab"
  fi

  lost=
  scripts=$(for unit in $(in_new ls "$T/etc/systemd/system" | grep '^network-addresses-'); do in_new cat "$T/etc/systemd/system/$unit" | sed -n 's/^ExecStart=//p'; done)
  for address in ${staticAddresses.map(shellQuote).join(" ")}; do
    in_new grep -RqsF "$address" "$T/etc/systemd/network" $scripts || lost="$lost $address"
  done
  if [ -n "$lost" ]; then say network skipped "the old system had the address$lost without DHCP, and the new one is not configured with it: it has to come by DHCP"; else say network passed ""; fi

  if new_exists "$T/etc/ssh/sshd_config"; then
    say sshd-config passed "$T/etc/ssh/sshd_config"
    in_new cat "$T/etc/ssh/sshd_config" | sed -n 's/^[Pp]ort[[:space:]]*/port\\t/p'
    if has_new sshd; then
      key=$(mktemp -p /mnt/tmp 2>/dev/null || mktemp -p /mnt) && rm -f "$key"
      ssh-keygen -q -t ed25519 -N '' -f "$key" < /dev/null
      mkdir -p /mnt/run/sshd /mnt/var/empty
      if said=$(in_new sshd -t -f "$T/etc/ssh/sshd_config" -h "\${key#/mnt}"); then say sshd-accepts-config passed ""; else say sshd-accepts-config failed "$(printf %s "$said" | tail -n 1)"; fi
      rm -f "$key" "$key.pub"
    fi
    there= open=
    for path in $(in_new cat "$T/etc/ssh/sshd_config" | sed -n 's/^[Hh]ost[Kk]ey[[:space:]]*//p'); do
      for file in "/mnt$path" /mnt/*"$path" /mnt/nix/*"$path"; do
        [ -f "$file" ] || continue
        there="$there \${file#/mnt}"
        case $(stat -c %a "$file") in *00) ;; *) open="$open \${file#/mnt}" ;; esac
      done
    done
    if [ -n "$open" ]; then say host-keys failed "others than root can read$open, and sshd refuses such a key"
    elif [ -z "$there" ]; then say host-keys skipped "they are made at the first boot"
    else say host-keys passed "\${there# }"; fi
    units=$(ls "/mnt$T/etc/systemd/system/multi-user.target.wants" "/mnt$T/etc/systemd/system/sockets.target.wants" 2>/dev/null; [ -L "/mnt$T/etc/systemd/system" ] && in_new ls "$T/etc/systemd/system/multi-user.target.wants" "$T/etc/systemd/system/sockets.target.wants")
    case $units in *sshd*) say sshd-enabled passed "" ;; *) say sshd-enabled failed "nothing starts sshd" ;; esac
  else
    say sshd-config failed "the system has no etc/ssh/sshd_config: nobody can log in over ssh"
  fi

  # A directory that is mounted over files which NixOS generates hides them.
  shadowed=
  for unit in $(in_new ls "$T/etc/systemd/system" | grep '\\.mount$'); do
    text=$(in_new cat "$T/etc/systemd/system/$unit")
    where=$(printf '%s\\n' "$text" | sed -n 's,^Where=/etc/,,p')
    [ -n "$where" ] || continue
    printf '%s\\n' "$text" | grep -q '^Options=.*bind' || continue
    if new_exists "$T/etc/$where/." && [ -n "$(in_new ls "$T/etc/$where")" ]; then shadowed="$shadowed /etc/$where"; fi
  done
  if [ -n "$shadowed" ]; then say etc-shadowed failed "mounted over files that NixOS generates:$shadowed"; else say etc-shadowed passed ""; fi

  users=
  for file in $(in_new ls "$T/etc/ssh/authorized_keys.d" 2>/dev/null); do
    in_new grep -q '^[^#]' "$T/etc/ssh/authorized_keys.d/$file" || continue
    users="$users $file"
    in_new grep '^[^#]' "$T/etc/ssh/authorized_keys.d/$file" | sed 's/^/key\\t/'
  done
  for home in /mnt/root /mnt/home/*; do
    [ -s "$home/.ssh/authorized_keys" ] || continue
    users="$users \${home##*/}"
    sed -n 's/^[^#]/key\\t&/p' "$home/.ssh/authorized_keys"
  done
  for user in $users; do printf 'user\\t%s\\n' "$user"; done
  hash=$(sed -n 's/^root:\\([^:]*\\):.*/\\1/p' /mnt/etc/shadow 2>/dev/null)
  case $hash in '$'*) console="root has a password" ;; *) console= ;; esac
  if [ -n "$users" ]; then say login passed "keys for$users\${console:+; $console}"
  elif [ -n "$console" ]; then say login passed "$console, and no key"
  else say login failed "nobody has a key or a password"; fi
  if [ -z "$console" ]; then say console-login skipped "root has no password: the provider's console lets nobody in"; else say console-login passed "$console"; fi
fi
`;

export function parseProof(output: string): ProofCheck[] {
  return output.split("\n").flatMap((line): ProofCheck[] => {
    const [kind, id = "", verdict, detail = ""] = line.split("\t");
    if (kind !== "check" || (verdict !== "passed" && verdict !== "failed" && verdict !== "skipped")) return [];
    return [{ id, verdict, detail }];
  });
}

/** Public keys (base64) that the script before the reboot says may log in. */
export function parseAuthorizedKeys(output: string): string[] {
  return parsePublicKeys(output.replaceAll(/^(?!key\t).*$/gm, ""));
}

/** Ports that the script before the reboot says the new sshd listens on. */
export function parsePorts(output: string): number[] {
  return output.split("\n").flatMap((line) => Number(/^port\t(\d+)\s*$/.exec(line)?.[1] ?? 0) || []);
}

/** Who the script before the reboot says may log in with a key. */
export function parseUsers(output: string): string[] {
  return output.split("\n").flatMap((line) => /^user\t(\S+)$/.exec(line)?.[1] ?? []);
}

/**
 * Shell for the installer that makes the host keys which the first boot would make, where they last, and prints all that the new sshd
 * will use: then the machine that answers after the reboot can be told from another one.
 */
export const hostKeysScript = (toplevel: string): string => `
T=${shellQuote(toplevel)}
config=$(chroot /mnt "$T/sw/bin/cat" "$T/etc/ssh/sshd_config" 2>/dev/null)
printf '%s\\n' "$config" | sed -n 's/^[Hh]ost[Kk]ey[[:space:]]*//p' | while read -r path; do
  type=$(findmnt -nro FSTYPE -T "/mnt$(dirname "$path")" 2>/dev/null | tail -n 1)
  dir=/mnt$(dirname "$path")
  while [ ! -d "$dir" ]; do dir=$(dirname "$dir"); done
  type=$(findmnt -nro FSTYPE -T "$dir" | tail -n 1)
  if [ ! -s "/mnt$path" ] && [ "$type" != tmpfs ]; then
    case $path in *rsa*) algorithm=rsa ;; *ed25519*) algorithm=ed25519 ;; *) continue ;; esac
    mkdir -p "/mnt$(dirname "$path")"
    ssh-keygen -q -t $algorithm -N '' -C '' -f "/mnt$path" < /dev/null
  fi
  # A key that is kept elsewhere and linked or bound to its place at boot.
  for file in "/mnt$path" /mnt/*"$path" /mnt/nix/*"$path"; do
    [ -s "$file" ] && ssh-keygen -y -P '' -f "$file" 2>/dev/null
  done
done | sort -u
`;

/** Shell for the installed system that looks whether it came up as it should. */
export const proofAfterBootScript = (toplevel: string): string => `
T=${shellQuote(toplevel)}
PATH=$PATH:/run/current-system/sw/bin:/usr/sbin:/sbin
say() { printf 'check\\t%s\\t%s\\t%s\\n' "$1" "$2" "$3"; }
current=$(readlink /run/current-system)
if [ "$current" = "$T" ]; then say current-system passed "$T"; else say current-system failed "it runs \${current:-something that is no NixOS}"; fi
if [ -s /etc/ssh/sshd_config ]; then say sshd-config passed ""; else say sshd-config failed "/etc/ssh/sshd_config is missing or empty"; fi
if findmnt -no TARGET /etc/ssh >/dev/null 2>&1; then say etc-ssh-hidden failed "something is mounted over /etc/ssh"; else say etc-ssh-hidden passed ""; fi
if command -v systemctl >/dev/null 2>&1 && [ -d /run/systemd/system ]; then
  i=0
  while state=$(systemctl is-system-running 2>/dev/null); [ "$state" = starting ] || [ "$state" = initializing ]; do i=$((i + 1)); [ $i -lt 60 ] || break; sleep 1; done
  if ! failed=$(systemctl --failed --plain --no-legend 2>/dev/null); then failed="not known: systemctl does not say it"; else failed=$(echo "$failed" | awk '{ printf "%s ", $1 }') || exit 1; fi
  if [ -z "\${failed% }" ]; then say units passed "$state"; else say units failed "failed: $failed"; fi
  # A socket that starts sshd counts too.
  if systemctl is-active --quiet sshd || systemctl is-active --quiet sshd.socket; then say sshd passed ""; else say sshd failed "sshd is not active"; fi
else
  say units skipped "no systemd"
fi
say swap passed "$(awk 'NR > 1 { printf "%s ", $1 }' /proc/swaps)"
`;
