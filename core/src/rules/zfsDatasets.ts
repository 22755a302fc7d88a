import type { Configuration } from "../flake/configuration.ts";
import type { FlakeModel } from "../flake/flakeModel.ts";
import type { Place } from "../syntax/place.ts";
import { isSameOrBelow, normalizePath } from "./paths.ts";
import { textOf } from "./textOf.ts";

/** A dataset that ZFS mounts by its own property, in zfs-mount.service and so after activation. */
export interface ZfsDataset {
  readonly path: string;
  readonly at: Place;
}

/**
 * The dataset that holds a path, among the pools that a host imports beside those of its file systems. What disko creates them with
 * may stand in a layout that no host imports: it is only needed once.
 */
export function zfsDatasetHolding(
  path: string,
  configuration: Configuration,
  { wholeFlake }: FlakeModel,
): ZfsDataset | undefined {
  const pools = new Set(
    configuration
      .definitions("boot.zfs.extraPools")
      .flatMap((definition) => configuration.items(definition.value, definition))
      .flatMap((item) => configuration.values(item.value))
      .map(textOf),
  );
  if (pools.size === 0) return undefined;
  return wholeFlake
    .definitions("disko.devices.zpool.*.datasets.*.options.mountpoint")
    .filter((definition) => pools.has(definition.path[3]))
    .flatMap((definition) =>
      wholeFlake.values(definition.value).flatMap((value): ZfsDataset[] => {
        const mountPoint = normalizePath(textOf(value) ?? "");
        return mountPoint !== undefined && isSameOrBelow(path, mountPoint) ? [{ path: mountPoint, at: value.at }] : [];
      }),
    )
    .sort((a, b) => b.path.length - a.path.length)[0];
}
