/** Programs that the old system, or the run itself, needs there. */
const inspectedTools = [
  "bash",
  "tar",
  "gzip",
  "cpio",
  "find",
  "grep",
  "mktemp",
  "readlink",
  "setsid",
  "tee",
  "nohup",
  "curl",
  "wget",
  "modprobe",
  "mkswap",
  "swapon",
  "swapoff",
  "lsblk",
  "findmnt",
  "kexec",
  "sudo",
  "doas",
  "systemctl",
  "pacman",
  "apt-get",
  "dnf",
  "apk",
  "zypper",
] as const;

/**
 * A POSIX shell script that reads what a bootstrap must know of a machine and changes nothing. It needs /proc and /sys; every other
 * program may be missing. Output: lines `key<TAB>field<TAB>...`, understood by `parseInspection`.
 */
export const inspectScript = `
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/run/current-system/sw/bin
export LC_ALL=C PATH
has() { command -v "$1" >/dev/null 2>&1; }
say() { first=$1; shift; printf '%s' "$first"; for word in "$@"; do printf '\\t%s' "$word"; done; printf '\\n'; }
read_file() { [ -r "$1" ] && tr -d '\\0\\t\\n' < "$1" 2>/dev/null; }

# The installer is started by setsid --wait, which that of busybox does not know.
usable() { [ "$1" != setsid ] || setsid --wait true >/dev/null 2>&1; }

say inspection 1
awk '/^(MemTotal|MemAvailable):/ { printf "memory\\t%s\\t%s\\n", $1, $2 }' /proc/meminfo 2>/dev/null
say swap-known
awk 'NR > 1 { printf "swap\\t%s\\t%s\\t%s\\t%s\\n", $1, $2, $3, $4 }' /proc/swaps 2>/dev/null
for key in ID NAME VARIANT_ID; do
  value=$(. /etc/os-release 2>/dev/null && eval "printf %s \\"\\\${$key:-}\\"")
  say os "$key" "$value"
done
say kernel "$(uname -r)"
say arch "$(uname -m)"
if has systemd-detect-virt; then say container "$(systemd-detect-virt --container 2>/dev/null || true)"
elif [ -f /proc/user_beancounters ] && [ ! -d /proc/bc ]; then say container openvz
elif grep -qs 'container=' /proc/1/environ; then say container other
else say container none; fi
say user "$(id -un 2>/dev/null)" "$(id -u)"
if [ "$(id -u)" = 0 ]; then say root is-root
elif has sudo && sudo -n true 2>/dev/null; then say root passwordless
elif has doas && doas -n true 2>/dev/null; then say root passwordless
elif has sudo || has doas; then say root needs-password
else say root no-way; fi
say tools-known
for tool in ${inspectedTools.join(" ")}; do has "$tool" && usable "$tool" && say tool "$tool"; done
if [ -d /sys/firmware/efi ]; then say firmware uefi; else say firmware bios; fi
if [ -r /sys/kernel/security/lockdown ]; then say lockdown "$(cat /sys/kernel/security/lockdown)"
# A kernel without it, or without that part of security, shows no such file.
elif [ ! -e /sys/kernel/security/lockdown ] && grep -q ' /sys/kernel/security securityfs ' /proc/mounts; then say lockdown '[none]'; fi
for variable in /sys/firmware/efi/efivars/SecureBoot-*; do
  [ -r "$variable" ] && say secure-boot "$(od -An -t u1 "$variable" 2>/dev/null | awk '{ print $NF }')"
done
[ -r /proc/sys/kernel/kexec_load_disabled ] && say kexec-load-disabled "$(cat /proc/sys/kernel/kexec_load_disabled)"
if [ -e /sys/block/zram0 ] || [ -e /sys/class/zram-control ]; then say zram yes
elif [ -r "/lib/modules/$(uname -r)/modules.dep" ]; then
  if grep -qs '/zram\\.ko' "/lib/modules/$(uname -r)/modules.dep" || grep -qs '/zram\\.ko' "/lib/modules/$(uname -r)/modules.builtin"; then say zram yes; else say zram no; fi
fi
say host-keys-known
for key in /etc/ssh/ssh_host_*_key.pub; do
  [ -r "$key" ] && has ssh-keygen && ssh-keygen -lf "$key" 2>/dev/null | awk '{ printf "host-key\\t%s\\t%s\\n", $2, $NF }'
done
if has ip; then
  say network-known
  ip -o addr show scope global 2>/dev/null | awk '{ for (i = 1; i < NF; i++) if ($i == "inet" || $i == "inet6") { dynamic = /dynamic/ ? "dynamic" : "static"; printf "address\\t%s\\t%s\\n", $(i + 1), dynamic } }'
  { ip -4 route show default; ip -6 route show default; } 2>/dev/null | awk '{ for (i = 1; i < NF; i++) if ($i == "via") printf "gateway\\t%s\\n", $(i + 1); if (/proto dhcp/) print "dhcp" }'
fi
say disks-known
for block in /sys/block/*; do
  name=\${block##*/}
  case $name in loop*|ram*|zram*|sr*|fd*|dm-*|md*|nbd*) continue ;; esac
  size=$(read_file "$block/size")
  serial=$(read_file "$block/serial")
  [ -n "$serial" ] || serial=$(read_file "$block/device/serial")
  if [ -z "$serial" ] && has lsblk; then serial=$(lsblk -dno SERIAL "/dev/$name" 2>/dev/null | tr -d ' \\t\\n'); fi
  say disk "$name" "$size" "$(read_file "$block/device/model")" "$serial"
  for part in "$block" "$block"/"$name"*; do
    device=\${part##*/}
    [ -r "$part/dev" ] || continue
    number=$(cat "$part/dev")
    awk -v disk="$name" -v number="$number" -v device="/dev/$device" '{ for (i = 7; i <= NF; i++) if ($i == "-") break; if ($3 == number || $(i + 2) == device) printf "mount\\t%s\\t%s\\t%s\\t%s\\n", disk, $5, $(i + 2), $(i + 1) }' /proc/self/mountinfo
  done
done
for link in /dev/disk/by-id/* /dev/disk/by-path/*; do
  if [ -L "$link" ]; then device=$(readlink -f "$link") && say alias "\${device##*/}" "$link"; fi
done
say root-filesystem "$(awk '$5 == "/" { for (i = 7; i <= NF; i++) if ($i == "-") type = $(i + 1) } END { print type }' /proc/self/mountinfo 2>/dev/null)" "$(df -Pk / 2>/dev/null | awk 'NR == 2 { print $4 }')"
say home-free "$(df -Pk "\${HOME:-/root}" 2>/dev/null | awk 'NR == 2 { print $4 }')"
say ssh-port "\${SSH_CONNECTION##* }"
say boot-id "$(read_file /proc/sys/kernel/random/boot_id)"
say end
`;
