import { zramPlan } from "./memoryForecast.ts";

/**
 * Shell that gives a machine compressed swap, unless it has it already. zswap in front of it would compress twice; a size is taken
 * only by a device that has none yet (Documentation/admin-guide/blockdev/zram.rst). Prints `zram N MiB` or `zram none: REASON`. It
 * starts as few programs as it can, because each takes a machine that has just begun a while.
 */
export function zramScript(totalMiB: number): string {
  const { sizeMiB, limitMiB } = zramPlan(totalMiB);
  return `
set_up_zram() {
  while read -r name _ kib _; do
    case $name in /dev/zram*) echo "zram $(((kib + 512) / 1024)) MiB"; return ;; esac
  done < /proc/swaps
  [ ! -w /sys/module/zswap/parameters/enabled ] || echo N > /sys/module/zswap/parameters/enabled || :
  [ -e /sys/block/zram0 ] || modprobe zram num_devices=1 2>/dev/null || modprobe zram || { echo "zram none: the kernel has no zram"; return; }
  i=0; while [ ! -b /dev/zram0 ] && [ $i -lt 20 ]; do sleep 0.1; i=$((i + 1)); done
  device=/sys/block/zram0
  read -r size < $device/disksize
  [ "$size" = 0 ] || echo 1 > $device/reset
  echo zstd > $device/comp_algorithm 2>/dev/null || :
  echo ${sizeMiB}M > $device/disksize && echo ${limitMiB}M > $device/mem_limit || { echo "zram none: it takes no size"; return; }
  mkswap /dev/zram0 > /dev/null && swapon -p 100 /dev/zram0 || { echo "zram none: it cannot be used"; return; }
  echo "zram ${sizeMiB} MiB"
}
set_up_zram
`;
}
