import { zramPlan } from "./memoryForecast.ts";

/**
 * Shell that gives a machine compressed swap, unless it has it. zswap in front of it would compress twice; a size is taken only by
 * a device that has none yet (Documentation/admin-guide/blockdev/zram.rst). Prints `zram MIB` or `zram none REASON`.
 */
export function zramScript(totalMiB: number): string {
  const { sizeMiB, limitMiB } = zramPlan(totalMiB);
  return `
set_up_zram() {
  if grep -q '^/dev/zram' /proc/swaps; then echo "zram is on already"; return; fi
  [ ! -w /sys/module/zswap/parameters/enabled ] || echo N > /sys/module/zswap/parameters/enabled || :
  [ -e /sys/block/zram0 ] || modprobe zram num_devices=1 2>/dev/null || modprobe zram || { echo "zram none: the kernel has no zram"; return; }
  i=0; while [ ! -b /dev/zram0 ] && [ $i -lt 20 ]; do sleep 0.1; i=$((i + 1)); done
  device=/sys/block/zram0
  [ "$(cat $device/disksize)" = 0 ] || echo 1 > $device/reset
  echo zstd > $device/comp_algorithm 2>/dev/null || :
  echo ${sizeMiB}M > $device/disksize && echo ${limitMiB}M > $device/mem_limit || { echo "zram none: it takes no size"; return; }
  mkswap /dev/zram0 > /dev/null && swapon -p 100 /dev/zram0 || { echo "zram none: it cannot be used"; return; }
  echo "zram ${sizeMiB} MiB"
}
set_up_zram
`;
}
