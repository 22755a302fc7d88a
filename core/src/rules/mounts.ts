import type { Configuration, Truth } from "../flake/configuration.ts";
import type { Definition, Module } from "../model/module.ts";
import type { Value } from "../model/value.ts";
import type { Binding } from "../syntax/expression.ts";
import { someNode } from "../syntax/findNode.ts";
import type { Place } from "../syntax/place.ts";
import { earlyMountPoints } from "./earlyMountPoints.ts";
import { isSameOrBelow, normalizePath } from "./paths.ts";
import { textOf } from "./textOf.ts";

/** A file system that the machine mounts. */
export interface Mount {
  /** The mount point, absolute and normalized. */
  readonly path: string;
  readonly via: "fileSystems" | "disko";
  /** `tmpfs`, `btrfs`, …; undefined when it is not known, or not told in one place (disko). */
  readonly fsType: string | undefined;
  /** Whether the option says so, or something that is not known may say so. */
  readonly neededForBoot: Truth;
  /** Certainly mounted by the initrd, before activation. */
  readonly early: boolean;
  /** Where the mount point is named. */
  readonly at: Place;
  readonly definition: Definition;
}

const mountsByConfiguration = new WeakMap<Configuration, readonly Mount[]>();

/** The mount points of a configuration, from `fileSystems` and from disko; one for each path. */
export function mountsOf(configuration: Configuration): readonly Mount[] {
  const known = mountsByConfiguration.get(configuration);
  if (known) return known;
  const mounts = new Map<string, Mount>();
  for (const { alwaysEarly, ...found } of fileSystemsOf(configuration).mounts) {
    const first = mounts.get(found.path);
    const needed = alwaysEarly ? "yes" : neededForBoot(configuration, found.path);
    const early = needed === "yes" || earlyMountPoints.has(found.path);
    const fsType = first?.fsType ?? found.fsType;
    mounts.set(found.path, { ...(first ?? found), fsType, neededForBoot: needed, early });
  }
  const result = [...mounts.values()];
  mountsByConfiguration.set(configuration, result);
  return result;
}

/** The file system that holds a normalized path: the longest mount point at or above it. */
export function mountHolding(configuration: Configuration, path: string): Mount | undefined {
  return mountsOf(configuration)
    .filter((mount) => isSameOrBelow(path, mount.path))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

/**
 * What is known of `fileSystems.<path>.neededForBoot`, also from modules that only may belong to the host; what the module of another
 * file system at that path says is about another machine.
 */
export function neededForBoot(configuration: Configuration, path: string): Truth {
  const { widest } = configuration;
  const own = fileSystemsOf(configuration);
  const told = truthIn(own, path);
  if (told === "yes" || widest === configuration) return told === "no" && own.open ? "maybe" : told;
  const wide = fileSystemsOf(widest);
  const others = wide.mounts.filter((mount) => mount.path === path).map(({ definition }) => definition.module);
  const shared = wide.neededForBoot.filter(({ module }) => !others.includes(module));
  const isMaybe = told === "maybe" || own.open || wide.open || truthIn({ neededForBoot: shared }, path) !== "no";
  return isMaybe ? "maybe" : "no";
}

function truthIn({ neededForBoot: all }: Pick<FileSystems, "neededForBoot">, path: string): Truth {
  const truths = all.filter((told) => told.path === path).map(({ truth }) => truth);
  return truths.includes("yes") ? "yes" : truths.includes("maybe") ? "maybe" : "no";
}

type FoundMount = Omit<Mount, "neededForBoot" | "early"> & { readonly alwaysEarly: boolean };

interface FileSystems {
  readonly mounts: readonly FoundMount[];
  /** What is said of mount points; also of those that are described elsewhere. */
  readonly neededForBoot: readonly { readonly path: string; readonly truth: Truth; readonly module: Module }[];
  /** There may be file systems, or options of file systems, that are not known. */
  readonly open: boolean;
}

const fileSystemsByConfiguration = new WeakMap<Configuration, FileSystems>();

function fileSystemsOf(configuration: Configuration): FileSystems {
  const known = fileSystemsByConfiguration.get(configuration);
  const result = known ?? readFileSystems(configuration);
  if (!known) fileSystemsByConfiguration.set(configuration, result);
  return result;
}

/** Attributes that make an entry of `fileSystems` a file system of its own, and not only an option of one. */
const mountAttributes = new Set(["device", "label", "fsType"]);

function readFileSystems(configuration: Configuration): FileSystems {
  const mounts: FoundMount[] = [];
  const needed: { path: string; truth: Truth; module: Module }[] = [];
  let open = false;
  for (const definition of configuration.definitionsBelow("fileSystems")) {
    const [, name, attribute] = definition.path;
    if (attribute === undefined && isEmptySet(definition.value)) continue;
    const paths = name === undefined ? [] : namedPaths(configuration, definition, 1);
    open ||= paths.length === 0 && maySetNeededForBoot(definition);
    for (const path of paths) {
      if (attribute === undefined || mountAttributes.has(attribute)) {
        const [fsType] = attribute === "fsType" ? texts(configuration, definition) : [];
        const at = definition.names[1] ?? definition.name;
        mounts.push({ path, via: "fileSystems", fsType, at, definition, alwaysEarly: false });
      }
      const { module } = definition;
      if (attribute === undefined) needed.push({ path, truth: "maybe", module });
      if (attribute === "neededForBoot") needed.push({ path, truth: truthOf(configuration, definition), module });
    }
  }
  return { mounts: [...mounts, ...diskoMounts(configuration)], neededForBoot: needed, open };
}

/** Whether file systems of unknown names may be said to be needed for boot: where it says so, and where nothing of them is written. */
function maySetNeededForBoot({ path, binding }: Definition): boolean {
  if (path.length > 2) return path[2] === "neededForBoot";
  if (!binding) return true;
  const isOpaque = !someNode(binding.value, (node) => node.kind === "attrs");
  return isOpaque || someNode(binding.value, (node) => node.kind === "binding" && isNeededForBoot(node));
}

function isNeededForBoot({ path }: Binding): boolean {
  return path.at(-1)?.parts[0] === "neededForBoot";
}

/** Mount points below `disko.devices`: every type that mounts calls it `mountpoint` (disko lib/types). */
function diskoMounts(configuration: Configuration): FoundMount[] {
  const definitions = configuration.definitionsBelow("disko.devices");
  const found = definitions
    .filter(({ path }) => isMountPoint(path))
    .flatMap((definition) =>
      texts(configuration, definition).flatMap((text): FoundMount[] => {
        const path = normalizePath(text);
        if (path === undefined) return [];
        const fsType = fileSystemType(configuration, definitions, definition);
        // disko sets neededForBoot itself for this type only (disko lib/types/bcachefs_filesystem.nix).
        const alwaysEarly = definition.path[2] === "bcachefs_filesystems";
        return [{ path, via: "disko", fsType, at: definition.name, definition, alwaysEarly }];
      }),
    );
  // A nodev is mounted at its name unless it says otherwise (disko lib/types/nodev.nix).
  const nodev = configuration
    .definitions("disko.devices.nodev.*.fsType")
    .filter(
      ({ path }) => !definitions.some((other) => other.path.at(-1) === "mountpoint" && areSiblings(other.path, path)),
    )
    .flatMap((definition) =>
      namedPaths(configuration, definition, 3).map((path): FoundMount => {
        const [fsType] = texts(configuration, definition);
        const at = definition.names[3] ?? definition.name;
        return { path, via: "disko", fsType, at, definition, alwaysEarly: false };
      }),
    );
  return [...found, ...nodev];
}

/** `options.mountpoint` of a ZFS dataset is a property of ZFS; disko adds to `fileSystems` what `mountpoint` says (disko lib/types/zfs_fs.nix). */
function isMountPoint(path: readonly string[]): boolean {
  return path.at(-1) === "mountpoint" && !/^(?:options|rootFsOptions)$/.test(path.at(-2) ?? "");
}

/** The `fsType` (nodev) or `format` (filesystem) beside a mount point. */
function fileSystemType(
  configuration: Configuration,
  definitions: readonly Definition[],
  mountPoint: Definition,
): string | undefined {
  return definitions
    .filter(({ path }) => /^(?:fsType|format)$/.test(path.at(-1) ?? "") && areSiblings(path, mountPoint.path))
    .flatMap((definition) => texts(configuration, definition))[0];
}

/** Whether two option paths end in the same set. */
function areSiblings(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.slice(0, -1).every((name, index) => name === b[index]);
}

function truthOf(configuration: Configuration, definition: Definition): Truth {
  const values = configuration.values(definition.value);
  if (values.every((value) => value.kind === "boolean" && !value.value)) return "no";
  const isTrue = values.every((value) => value.kind === "boolean" && value.value);
  return isTrue && configuration.holds(definition.guards) === "yes" ? "yes" : "maybe";
}

function texts(configuration: Configuration, { value }: Definition): string[] {
  return configuration.values(value).flatMap((known) => textOf(known) ?? []);
}

/** The paths that a name of a definition stands for: itself, or what it is computed from. */
export function namedPaths(configuration: Configuration, definition: Definition, index: number): string[] {
  return placedNames(configuration, definition, index).map(({ path }) => path);
}

/** The same with where each is written. */
export function placedNames(
  configuration: Configuration,
  definition: Definition,
  index: number,
): { readonly path: string; readonly at: Place }[] {
  const computed = definition.computedNames.get(index);
  const at = definition.names[index] ?? definition.name;
  const names = computed
    ? configuration.values(computed).map((value) => ({ text: textOf(value) ?? "", at: value.at }))
    : [{ text: definition.path[index] ?? "", at }];
  return names.flatMap(({ text, at }) => {
    const path = normalizePath(text);
    return path === undefined ? [] : [{ path, at }];
  });
}

function isEmptySet(value: Value): boolean {
  return value.kind === "attrs" && value.entries.length === 0 && !value.open;
}
