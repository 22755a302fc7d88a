#!/usr/bin/env bash
# What a script does that installs a small machine by a race: while nixos-anywhere works in one call, a helper in the background asks the
# target every three seconds over a connection of its own how far it is, and does each of its commands over another one.
# Usage: articleScript.sh TARGET KEXEC_ARCHIVE DISKO_SCRIPT SYSTEM [NIXOS_ANYWHERE_OPTION ...]
set -euo pipefail
target=$1 archive=$2 disko_script=$3 system=$4
shift 4
on_target() {
  ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=5 "$target" "$@"
}

on_target '
pacman -S --noconfirm cpio
modprobe zram
echo 4G > /sys/block/zram0/disksize
mkswap /dev/zram0 && swapon /dev/zram0
fallocate -l 1G /swapfile
chmod 600 /swapfile
mkswap /swapfile && swapon /swapfile
'

help_along() {
  while on_target 'grep -q "Arch Linux" /etc/os-release' 2> /dev/null; do sleep 3; done
  until on_target 'grep -q installer /etc/os-release' 2> /dev/null; do sleep 3; done
  on_target 'modprobe zram'
  on_target 'echo 4G > /sys/block/zram0/disksize'
  on_target 'mkswap /dev/zram0'
  on_target 'swapon /dev/zram0'
  until on_target 'ls /nix/store/*-disko' > /dev/null 2>&1; do sleep 3; done
  on_target 'cp "$(ls -td /nix/store/*-disko | grep -v "disko-[0-9]" | head -1)" /tmp/d'
  on_target 'sed -i "s/udevadm trigger --subsystem-match=block/sleep 2 #p/" /tmp/d'
  on_target 'sed -i "s/udevadm settle --timeout 120/sleep 2 #p/" /tmp/d'
  on_target 'mount --bind /tmp/d "$(ls -td /nix/store/*-disko | grep -v "disko-[0-9]" | head -1)"'
  until on_target 'mountpoint -q /mnt/nix' 2> /dev/null; do sleep 3; done
  on_target 'umount /nix/store; umount /nix/.rw-store; mkdir -p /mnt/nix/.rw-store/store /mnt/nix/.rw-store/work'
  on_target 'mount --bind /mnt/nix/.rw-store /nix/.rw-store'
  on_target 'mount -t overlay overlay -o lowerdir=/nix/.ro-store,upperdir=/nix/.rw-store/store,workdir=/nix/.rw-store/work /nix/store'
}
help_along &
helper=$!
trap 'kill $helper 2> /dev/null || true' EXIT

"$NIXOS_VPS_NIXOS_ANYWHERE" --kexec "$archive" --store-paths "$disko_script" "$system" --build-on local "$@" "$target"
