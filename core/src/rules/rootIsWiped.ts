import type { Configuration, Truth } from "../flake/configuration.ts";
import type { Value } from "../model/value.ts";
import { mountsOf } from "./mounts.ts";
import { persistenceBase } from "./persistenceBase.ts";
import type { RuleSettings } from "./ruleSettings.ts";

/** Options that run commands in the initrd, before or after the root file system is mounted. */
const initrdHooks = [
  "boot.initrd.postDeviceCommands",
  "boot.initrd.postResumeCommands",
  "boot.initrd.postMountCommands",
  "boot.initrd.preLVMCommands",
  "boot.initrd.systemd.services.*.script",
];

const rollback = /zfs\s+rollback|(?:btrfs|bcachefs)\s+subvolume\s+(?:delete|snapshot|create)|mkfs|rm\s+-\w*r/;

/** Names of services of the initrd whose commands may come from a file. */
const rollbackService =
  /roll-?back|wipe|erase|impermanence|(?:reset|restore|clean|blank|recreate|create)[-_]?root|root[-_]?fs-cleanup/i;

/** File systems without snapshots: only a hook could empty them. */
const withoutSnapshots = /^(?:ext[234]|xfs|f2fs|jfs|reiserfs)$/;

/**
 * Whether the root file system is empty or reset at each boot: a tmpfs, or a hook in the initrd that rolls it back. Something that
 * persists directories tells that it may be.
 */
export function rootIsWiped(configuration: Configuration, settings: RuleSettings): Truth {
  const root = mountsOf(configuration).find((mount) => mount.path === "/");
  const fsType = root?.fsType ?? "";
  if (/^(?:tmpfs|ramfs)$/.test(fsType)) return "yes";
  if (initrdHooks.some((pattern) => rollsBack(configuration, pattern)) || hasRollbackService(configuration))
    return "yes";
  if (configuration.complete && withoutSnapshots.test(fsType)) return "no";
  return persistenceBase(configuration, settings) ? "maybe" : "no";
}

function rollsBack(configuration: Configuration, pattern: string): boolean {
  return configuration
    .definitions(pattern)
    .some((definition) => configuration.values(definition.value).some((value) => rollback.test(knownParts(value))));
}

function hasRollbackService(configuration: Configuration): boolean {
  return configuration
    .definitionsBelow("boot.initrd.systemd.services")
    .some(({ path }) => rollbackService.test(path[4] ?? ""));
}

function knownParts(value: Value): string {
  if (value.kind === "string") return value.text;
  return value.kind === "text" ? value.parts.filter((part) => typeof part === "string").join("") : "";
}
