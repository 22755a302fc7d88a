#!/bin/sh
# Mounts what the system needs before it is started, and starts the system that the boot loader chose.
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
while read -r module; do insmod "/modules/$module"; done < /modules/order

# There is no udev here that would link partitions by their labels.
device_of() {
  case $1 in
  /dev/disk/by-partlabel/*)
    until uevent=$(grep -lx "PARTNAME=${1##*/}" /sys/class/block/*/uevent); do sleep 0.05; done
    echo "/dev/$(basename "$(dirname "$uevent")")"
    ;;
  *) echo "$1" ;;
  esac
}
while read -r device target type options rest; do
  mkdir -p "/sysroot$target"
  mount -t "$type" -o "$options" "$(device_of "$device")" "/sysroot$target"
done < /fstab

for word in $(cat /proc/cmdline); do
  case $word in init=*) init=${word#init=} ;; esac
done
mkdir -p /sysroot/dev
mount --move /dev /sysroot/dev
umount /sys /proc
exec switch_root /sysroot "$init"
