import { shellQuote as quote } from "../../../core/src/bootstrap/shellQuote.ts";

/** Facts of a machine as lines `name=value`; POSIX shell. */
export const factsScript = `
has() { if command -v "$1" > /dev/null; then echo y; else echo n; fi; }
release() { if grep -Eqs "$1" /etc/os-release; then echo y; else echo n; fi; }
is_nixos=$(release '^ID(_LIKE)?="?nixos"?')
echo "isOs=$(uname)"
echo "isArch=$(uname -m)"
echo "isNixos=$is_nixos"
if [ $is_nixos = y ]; then echo "isInstaller=$(release '^VARIANT_ID="?installer"?')"; else echo isInstaller=n; fi
if [ "$(has systemd-detect-virt)" = y ]; then echo "isContainer=$(systemd-detect-virt --container)"; else echo isContainer=none; fi
if [ "$(id -u)" = 0 ]; then echo isRoot=y; else echo isRoot=n; fi
if [ "$(has ip)" = n ] || ip r g 1 > /dev/null 2>&1 || ! ip -6 r g :: > /dev/null 2>&1; then echo hasIpv6Only=n; else echo hasIpv6Only=y; fi
for tool in Tar Cpio Sudo Doas Wget Curl; do echo "has$tool=$(has "$(echo $tool | tr A-Z a-z)")"; done
if setsid --wait true 2> /dev/null; then echo hasSetsid=y; else echo hasSetsid=n; fi
echo "hasNixOSFacter=$(has nixos-facter)"
`;

/**
 * Unpacks the installer's tarball and runs it. Whether that went well is read off its log, because the connection may be gone.
 *
 * @param sudo what makes commands of this user those of root; empty for root
 * @param decompress tar's option for the tarball
 */
export function kexecScript(sudo: string, decompress: string, extraFlags: string): string {
  return `
{
  set -eu
  cd "$HOME/kexec"
  echo Downloading kexec tarball, this may take a moment...
  cat "$HOME/kexec/kexec-tarball.tar.gz" | tar -xv ${decompress}
  TMPDIR="$HOME/kexec" ${sudo} setsid --wait "$HOME/kexec/kexec/run" --kexec-extra-flags ${quote(extraFlags)}
} 2>&1 | tee "$HOME/kexec/nixos-anywhere.log" || true
if ! grep -q 'machine will boot into nixos' "$HOME/kexec/nixos-anywhere.log"; then
  echo 'Kexec may have failed - check output above'
  exit 1
fi
`;
}

export function installScript(system: string, copyHostKeys: boolean): string {
  return `
set -eu
export PATH="$PATH:/run/current-system/sw/bin"
if [ ! -d /mnt/tmp ]; then
  mkdir -p /mnt/tmp
  chmod 777 /mnt/tmp
fi
if [ ${copyHostKeys ? "y" : "n"} = y ]; then
  mkdir -m 755 -p /mnt/etc/ssh
  for key in /etc/ssh/ssh_host_*; do
    if [ -e "$key" ] && [ ! -e "/mnt/$key" ]; then cp -a "$key" "/mnt/$key"; fi
  done
fi
nixos-install --no-root-passwd --no-channel-copy --system ${quote(system)}
`;
}

export const rebootScript = `
if command -v zpool > /dev/null && [ "$(zpool list)" != "no pools available" ]; then
  umount -Rv /mnt/
  swapoff -a
  zpool export -a || true
fi
nohup sh -c 'sleep 6 && reboot' > /dev/null 2>&1 &
`;
