import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import type { Guard } from "../model/value.ts";
import type { Place } from "../syntax/place.ts";
import { flakeFiles } from "./flakeFiles.ts";
import { hasUnknownEntries } from "./isPersisted.ts";
import { type Mount, mountHolding } from "./mounts.ts";
import { isSameOrBelow } from "./paths.ts";
import { type PersistedEntry, persistedEntries } from "./persistence.ts";
import { rootIsWiped } from "./rootIsWiped.ts";
import type { RuleContext } from "./rule.ts";
import { zfsDatasetHolding } from "./zfsDatasets.ts";

/**
 * What activation finds at a path: `there`, unless something else is known. `hidden`: it comes with a file system or a persisted entry
 * that is mounted later. `wiped`: it is on a root that is empty at that time.
 */
export type Sight =
  | { readonly state: "there" | "unknown" | "wiped" }
  | {
      readonly state: "hidden";
      /** The mount point that comes later, and where it is named. */
      readonly path: string;
      readonly at: Place;
      readonly mount: Mount | undefined;
      readonly entry: PersistedEntry | undefined;
    };

/**
 * stage-2-init.sh, or initrd-nixos-activation.service, activates after the file systems of the initrd and before all others are
 * mounted (nixpkgs nixos/modules/system/boot/stage-2-init.sh, systemd/initrd.nix); impermanence and preservation mount with these.
 */
export function seenByActivation(path: string, configuration: Configuration, context: RuleContext): Sight {
  // Links of the store are always there, and what runs before activation puts files into /run.
  if (["/nix", "/run", "/dev", "/proc", "/sys"].some((directory) => isSameOrBelow(path, directory)))
    return { state: "there" };
  const entry = entryHolding(path, configuration, context);
  const mount = mountHolding(configuration, path);
  const dataset = zfsDatasetHolding(path, configuration, context.flake);
  const depth = Math.max(entry?.path.length ?? 0, mount?.path.length ?? 0);
  if (dataset && dataset.path.length > depth)
    return { state: "hidden", ...dataset, mount: undefined, entry: undefined };
  if (entry?.path.length === depth) {
    if (entry.early) return { state: "there" };
    const isCertain = entry.via !== "private" && isIn(configuration, entry.definition, entry.item.guards);
    return isCertain
      ? { state: "hidden", path: entry.path, at: entry.item.at, mount: undefined, entry }
      : { state: "unknown" };
  }
  if (!mount) return { state: "unknown" };
  if (mount.path !== "/") {
    if (mount.early) return { state: "there" };
    const isCertain = mount.neededForBoot === "no" && isIn(configuration, mount.definition, []);
    return isCertain
      ? { state: "hidden", path: mount.path, at: mount.at, mount, entry: undefined }
      : { state: "unknown" };
  }
  const wiped = rootIsWiped(configuration, context.settings);
  if (wiped === "no") return { state: "there" };
  // Something else may put the file there in time: only what is known whole tells that nothing does.
  const isKnown = configuration.complete && !hasUnknownEntries(configuration, context.settings);
  const isMade = flakeFiles(configuration).some((file) => file.path === path);
  return { state: wiped === "yes" && isKnown && !isMade ? "wiped" : "unknown" };
}

/** Whether a definition counts for a host; where the host is not known, what is written is taken to count. */
function isIn(configuration: Configuration, definition: Definition, guards: readonly Guard[]): boolean {
  return configuration.host === undefined || configuration.holds([...definition.guards, ...guards]) === "yes";
}

function entryHolding(
  path: string,
  configuration: Configuration,
  { settings }: RuleContext,
): PersistedEntry | undefined {
  return persistedEntries(configuration, settings)
    .filter((entry) => (entry.kind === "file" ? path === entry.path : isSameOrBelow(path, entry.path)))
    .sort((a, b) => b.path.length - a.path.length || Number(b.early) - Number(a.early))[0];
}
