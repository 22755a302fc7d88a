import type { Configuration, ConfigurationItem } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import { attrsOf } from "../model/operations.ts";
import type { AttrsValue, Value } from "../model/value.ts";
import type { Place } from "../syntax/place.ts";
import { earlyMountPoints } from "./earlyMountPoints.ts";
import { namedPaths, placedNames } from "./mounts.ts";
import { isBelow, normalizePath } from "./paths.ts";
import { activeDefinitions, isOverridden, storeIndex, storeLists, storePath } from "./persistenceStores.ts";
import { listKind, privateLists, privateSwitches, wrapperOf } from "./privatePersistence.ts";
import type { RuleSettings } from "./ruleSettings.ts";
import { textOf } from "./textOf.ts";

export { type PersistenceStore, persistenceStores } from "./persistenceStores.ts";

/** One persisted directory or file, wherever it is written. */
export interface PersistedEntry {
  /** Absolute and normalized; entries of a user are joined to the home directory. */
  readonly path: string;
  readonly kind: "directory" | "file";
  /** `private`: an option of the flake's own that only by its name holds persisted paths. */
  readonly via: "impermanence" | "preservation" | "fileSystems" | "private";
  /** The directory that keeps it (`/persist`), when it is known. */
  readonly store: string | undefined;
  /** Mounted before activation, so that nothing activation writes is hidden; also when that may be so. */
  readonly early: boolean;
  readonly user: string | undefined;
  /** The entry's own attributes when it is written as `{ directory = …; mode = …; }`. */
  readonly attributes: AttrsValue | undefined;
  /** Where it stands in its list, with the conditions it stands under. */
  readonly item: ConfigurationItem;
  /** The list it stands in. */
  readonly definition: Definition;
}

const homeStores = "home-manager.users.*.home.persistence.*";

const entriesByConfiguration = new WeakMap<
  Configuration,
  { settings: RuleSettings; entries: readonly PersistedEntry[] }
>();

/** Everything a configuration persists; each place in a list counts once. */
export function persistedEntries(configuration: Configuration, settings: RuleSettings): readonly PersistedEntry[] {
  const known = entriesByConfiguration.get(configuration);
  if (known?.settings === settings) return known.entries;
  const entries = new Map<string, PersistedEntry>();
  const keyOf = ({ item: { at }, kind, path }: PersistedEntry): string =>
    `${at.file}:${at.start}:${at.end}:${kind}:${path}`;
  for (const entry of [...storeEntries(configuration), ...bindMounts(configuration)]) {
    const key = keyOf(entry);
    if (!entries.has(key)) entries.set(key, entry);
  }
  for (const entry of privateEntries(configuration, settings)) {
    const known = entries.get(keyOf(entry));
    // An element of an option from which `fileSystems` is made stands in the list of that option.
    if (!known) entries.set(keyOf(entry), entry);
    else if (known.via === "fileSystems")
      entries.set(keyOf(entry), { ...known, item: entry.item, definition: entry.definition });
  }
  const result = [...entries.values()];
  entriesByConfiguration.set(configuration, { settings, entries: result });
  return result;
}

function storeEntries(configuration: Configuration): PersistedEntry[] {
  const inSystem = storeLists.flatMap(({ via, pattern }) =>
    activeDefinitions(configuration, pattern).flatMap((definition) => {
      const [, , , first, name] = definition.path;
      const depth = definition.path.length - storeIndex - 1;
      const user = first === "users" && depth === 3 ? name : undefined;
      return depth === 1 || user !== undefined ? listEntries(configuration, definition, { via, storeIndex, user }) : [];
    }),
  );
  const { length } = homeStores.split(".");
  const inHomes = configuration
    .definitionsBelow(homeStores)
    .filter((definition) => definition.path.length === length + 1 && !isOverridden(configuration, definition))
    .flatMap((definition) => {
      const origin = { via: "impermanence", storeIndex: length - 1, user: definition.path[2] } as const;
      return listEntries(configuration, definition, origin);
    });
  return [...inSystem, ...inHomes];
}

interface ListOrigin {
  readonly via: PersistedEntry["via"];
  readonly storeIndex: number | undefined;
  readonly user: string | undefined;
  readonly early?: boolean;
}

/** The entries of a list of directories or files. */
function listEntries(configuration: Configuration, definition: Definition, origin: ListOrigin): PersistedEntry[] {
  const name = definition.path.at(-1) ?? "";
  if (origin.via !== "private" && name !== "directories" && name !== "files") return [];
  const { via, user } = origin;
  const kind = listKind(definition.path);
  const store = origin.storeIndex === undefined ? undefined : storePath(configuration, definition, origin.storeIndex);
  const fromItem = (item: ConfigurationItem): PersistedEntry[] => {
    if (item.spread || configuration.holds(item.guards) === "no") return [];
    return configuration.values(item.value).flatMap((value): PersistedEntry[] => {
      // An element of `lib.flatten` may itself be a list.
      if (value.kind === "list") return configuration.items(value, item.definition).flatMap(fromItem);
      const attributes = attrsOf(value);
      const text = attributes ? pathAttribute(configuration, attributes) : textOf(value);
      const path = text === undefined ? undefined : entryPath(configuration, definition, text, user);
      if (path === undefined) return [];
      const early = origin.early === true || isEarly(configuration, path, via, attributes);
      return [{ path, kind, via, store, early, user, attributes, item, definition: item.definition ?? definition }];
    });
  };
  return configuration.items(definition.value, definition).flatMap(fromItem);
}

/** `fileSystems."/etc/ssh" = { device = "/persist/etc/ssh"; options = [ "bind" ]; };` */
function bindMounts(configuration: Configuration): PersistedEntry[] {
  return configuration.definitions("fileSystems.*.device").flatMap((definition) => {
    if (!isBindMount(configuration, definition.path[1])) return [];
    const [device] = configuration
      .values(definition.value)
      .flatMap((value) => normalizePath(textOf(value) ?? "") ?? []);
    return placedNames(configuration, definition, 1).flatMap(({ path, at }) => {
      if (path === "/" || (device && isBelow(device, "/dev"))) return [];
      const store = device?.endsWith(path) ? device.slice(0, -path.length) || "/" : undefined;
      const early = isEarly(configuration, path, "fileSystems", undefined);
      return [namedEntry(definition, at, { path, via: "fileSystems", store, early })];
    });
  });
}

/** An entry that is the name of an option. */
function namedEntry(
  definition: Definition,
  at: Place,
  entry: Pick<PersistedEntry, "path" | "via" | "store" | "early">,
): PersistedEntry {
  const { value, guards } = definition;
  const item: ConfigurationItem = { value, spread: false, guards, at, definition };
  return { ...entry, kind: "directory", user: undefined, attributes: undefined, item, definition };
}

function isBindMount(configuration: Configuration, mountPoint: string | undefined): boolean {
  return configuration
    .definitions("fileSystems.*.options")
    .filter((definition) => definition.path[1] === mountPoint)
    .some((definition) =>
      configuration.items(definition.value, definition).some((item) => /^r?bind$/.test(textOf(item.value) ?? "")),
    );
}

function privateEntries(configuration: Configuration, settings: RuleSettings): PersistedEntry[] {
  const told = settings.persistenceOptions.flatMap((pattern) => configuration.definitions(pattern));
  const guessed = privateLists(configuration).filter((definition) => !told.includes(definition));
  const lists = [...told, ...guessed].flatMap((definition) => {
    const { via, early } = wrapperOf(definition.path, configuration);
    const origin = { via: "private", storeIndex: undefined, user: undefined, early } as const;
    const proven = via ?? (told.includes(definition) ? "impermanence" : origin.via);
    return listEntries(configuration, definition, origin).map((entry) => ({ ...entry, via: proven }));
  });
  const switches = privateSwitches(configuration).flatMap((definition): PersistedEntry[] => {
    const path = normalizePath(definition.path.at(-2) ?? "");
    const isOn = configuration.values(definition.value).some((value) => value.kind === "boolean" && value.value);
    if (path === undefined || !isOn) return [];
    const { via = "private", early } = wrapperOf(definition.path, configuration);
    return [namedEntry(definition, definition.names.at(-2) ?? definition.name, { path, via, store: undefined, early })];
  });
  return [...lists, ...switches];
}

function isEarly(
  configuration: Configuration,
  path: string,
  via: PersistedEntry["via"],
  attributes: AttrsValue | undefined,
): boolean {
  for (const name of ["inInitrd", "neededForBoot"]) {
    const value = attributes && attributeValue(attributes, name);
    if (value && configuration.values(value).some((known) => known.kind !== "boolean" || known.value)) return true;
  }
  if (via === "preservation") return false;
  return earlyMountPoints.has(path) || isNeededForBoot(configuration, path);
}

/** `fileSystems."/etc/ssh".neededForBoot = true;`, or anything but a plain `false`. */
function isNeededForBoot(configuration: Configuration, path: string): boolean {
  const { widest } = configuration;
  return widest
    .definitions("fileSystems.*.neededForBoot")
    .filter((definition) => namedPaths(widest, definition, 1).includes(path))
    .some((definition) => widest.values(definition.value).some((value) => value.kind !== "boolean" || value.value));
}

function entryPath(
  configuration: Configuration,
  definition: Definition,
  text: string,
  user: string | undefined,
): string | undefined {
  if (text.startsWith("/") || user === undefined) return normalizePath(text);
  return normalizePath(`${homeOf(configuration, definition, user)}/${text}`);
}

function homeOf(configuration: Configuration, definition: Definition, user: string): string {
  const inStore = configuration
    .definitionsBelow("environment.persistence.*.users")
    .filter((other) => other.path.at(-1) === "home" && other.path[4] === user);
  const account = configuration.definitions("users.users.*.home").filter((other) => other.path[2] === user);
  const [home] = [...inStore.filter((other) => other.path[2] === definition.path[2]), ...account]
    .flatMap((other) => configuration.values(other.value))
    .flatMap((value) => normalizePath(textOf(value) ?? "") ?? []);
  return home ?? (user === "root" ? "/root" : `/home/${user}`);
}

/** The path of an entry that is a set. */
function pathAttribute(configuration: Configuration, attributes: AttrsValue): string | undefined {
  for (const name of ["directory", "file", "path", "dir"]) {
    const value = attributeValue(attributes, name);
    if (value) return configuration.values(value).flatMap((known) => textOf(known) ?? [])[0];
  }
  return undefined;
}

function attributeValue(attributes: AttrsValue, name: string): Value | undefined {
  return attributes.entries.find((entry) => entry.name === name)?.value();
}
