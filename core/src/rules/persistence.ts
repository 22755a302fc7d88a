import type { Configuration, ConfigurationItem } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import { attrsOf } from "../model/operations.ts";
import type { AttrsValue, Value } from "../model/value.ts";
import type { Place } from "../syntax/place.ts";
import { earlyMountPoints } from "./earlyMountPoints.ts";
import { isBelow, normalizePath } from "./paths.ts";
import { isPrivateList, isPrivateSwitch, listKind, privateDefinitions, wrapperOf } from "./privatePersistence.ts";
import type { RuleSettings } from "./ruleSettings.ts";
import { textOf } from "./textOf.ts";

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

/** A directory below which persisted entries are kept. */
export interface PersistenceStore {
  readonly path: string;
  readonly via: "impermanence" | "preservation";
  /** Where it is named. */
  readonly at: Place;
  readonly definition: Definition;
}

interface StoreList {
  readonly via: PersistenceStore["via"];
  /** Pattern of the stores; the last segment is the store's name. */
  readonly pattern: string;
}

const storeLists: readonly StoreList[] = [
  { via: "impermanence", pattern: "environment.persistence.*" },
  { via: "preservation", pattern: "preservation.preserveAt.*" },
];
const homeStoreLists = ["home-manager.users.*.home.persistence.*"];
const storeIndex = 2;

const entriesByConfiguration = new WeakMap<
  Configuration,
  { settings: RuleSettings; entries: readonly PersistedEntry[] }
>();

/** Everything a configuration persists; each place in a list counts once. */
export function persistedEntries(configuration: Configuration, settings: RuleSettings): readonly PersistedEntry[] {
  const known = entriesByConfiguration.get(configuration);
  if (known?.settings === settings) return known.entries;
  const entries = new Map<string, PersistedEntry>();
  for (const entry of [
    ...storeEntries(configuration),
    ...bindMounts(configuration),
    ...privateEntries(configuration, settings),
  ]) {
    const { at } = entry.item;
    const key = `${at.file}:${at.start}:${at.end}:${entry.kind}:${entry.path}`;
    if (!entries.has(key)) entries.set(key, entry);
  }
  const result = [...entries.values()];
  entriesByConfiguration.set(configuration, { settings, entries: result });
  return result;
}

/** The stores of impermanence and preservation; of several modules that name one, the first. */
export function persistenceStores(configuration: Configuration): readonly PersistenceStore[] {
  const stores = new Map<string, PersistenceStore>();
  for (const { via, pattern } of storeLists) {
    for (const definition of activeDefinitions(configuration, pattern)) {
      const path = storePath(configuration, definition, storeIndex);
      const at = definition.names[storeIndex] ?? definition.name;
      const key = `${via} ${path}`;
      if (path !== undefined && !stores.has(key)) stores.set(key, { path, via, at, definition });
    }
  }
  return [...stores.values()];
}

function storeEntries(configuration: Configuration): PersistedEntry[] {
  return [
    ...storeLists.flatMap(({ via, pattern }) =>
      activeDefinitions(configuration, pattern).flatMap((definition) => {
        const [, , , first, user] = definition.path;
        const inStore = definition.path.slice(storeIndex + 1);
        if (inStore.length === 1) return listEntries(configuration, definition, { via, storeIndex, user: undefined });
        if (first === "users" && inStore.length === 3)
          return listEntries(configuration, definition, { via, storeIndex, user });
        return [];
      }),
    ),
    ...homeStoreLists.flatMap((pattern) => {
      const length = pattern.split(".").length;
      return configuration
        .definitionsBelow(pattern)
        .filter((definition) => definition.path.length === length + 1 && !isOverridden(configuration, definition))
        .flatMap((definition) =>
          listEntries(configuration, definition, {
            via: "impermanence",
            storeIndex: length - 1,
            user: definition.path[2],
          }),
        );
    }),
  ];
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
  return configuration.items(definition.value, definition).flatMap((item) => {
    if (item.spread || configuration.holds(item.guards) === "no") return [];
    return configuration.values(item.value).flatMap((value): PersistedEntry[] => {
      const attributes = attrsOf(value);
      const text = attributes ? pathAttribute(configuration, attributes) : textOf(value);
      const path = text === undefined ? undefined : entryPath(configuration, definition, text, user);
      if (path === undefined) return [];
      const early = origin.early === true || isEarly(configuration, path, via, attributes);
      return [{ path, kind, via, store, early, user, attributes, item, definition }];
    });
  });
}

/** `fileSystems."/etc/ssh" = { device = "/persist/etc/ssh"; options = [ "bind" ]; };` */
function bindMounts(configuration: Configuration): PersistedEntry[] {
  return configuration.definitions("fileSystems.*.device").flatMap((definition): PersistedEntry[] => {
    const mountPoint = definition.path[1] ?? "";
    const path = normalizePath(mountPoint);
    const devices = configuration.values(definition.value).flatMap((value) => normalizePath(textOf(value) ?? "") ?? []);
    const [device] = devices;
    if (
      path === undefined ||
      path === "/" ||
      device === undefined ||
      isBelow(device, "/dev") ||
      !isBindMount(configuration, mountPoint)
    )
      return [];
    const at = definition.names[1] ?? definition.name;
    const item: ConfigurationItem = {
      value: definition.value,
      spread: false,
      guards: definition.guards,
      at,
      definition,
    };
    const store = device.endsWith(path) ? device.slice(0, -path.length) || "/" : undefined;
    const early = isEarly(configuration, path, "fileSystems", undefined);
    return [
      {
        path,
        kind: "directory",
        via: "fileSystems",
        store,
        early,
        user: undefined,
        attributes: undefined,
        item,
        definition,
      },
    ];
  });
}

function isBindMount(configuration: Configuration, mountPoint: string): boolean {
  return configuration
    .definitions("fileSystems.*.options")
    .filter((definition) => definition.path[1] === mountPoint)
    .some((definition) =>
      configuration.items(definition.value, definition).some((item) => /^r?bind$/.test(textOf(item.value) ?? "")),
    );
}

function privateEntries(configuration: Configuration, settings: RuleSettings): PersistedEntry[] {
  const told = settings.persistenceOptions.flatMap((pattern) => configuration.definitions(pattern));
  const guessed = privateDefinitions(configuration, isPrivateList).filter((definition) => !told.includes(definition));
  const lists = [...told, ...guessed].flatMap((definition) => {
    const { via, early } = wrapperOf(definition.path, configuration);
    const origin = { via: "private", storeIndex: undefined, user: undefined, early } as const;
    const proven = via ?? (told.includes(definition) ? "impermanence" : origin.via);
    return listEntries(configuration, definition, origin).map((entry) => ({ ...entry, via: proven }));
  });
  const switches = privateDefinitions(configuration, isPrivateSwitch).flatMap((definition): PersistedEntry[] => {
    const path = normalizePath(definition.path.at(-2) ?? "");
    const isOn = configuration.values(definition.value).some((value) => value.kind === "boolean" && value.value);
    if (path === undefined || !isOn) return [];
    const at = definition.names.at(-2) ?? definition.name;
    const item: ConfigurationItem = {
      value: definition.value,
      spread: false,
      guards: definition.guards,
      at,
      definition,
    };
    const { via, early } = wrapperOf(definition.path, configuration);
    return [
      {
        path,
        kind: "directory",
        via: via ?? "private",
        store: undefined,
        early,
        user: undefined,
        attributes: undefined,
        item,
        definition,
      },
    ];
  });
  return [...lists, ...switches];
}

/** Definitions below stores that are not switched off or emptied with `mkForce`. */
function activeDefinitions(configuration: Configuration, pattern: string): readonly Definition[] {
  if (pattern.startsWith("preservation.") && configuration.flag("preservation.enable").state === "no") return [];
  const disabled = new Set(
    configuration
      .definitions(`${pattern}.enable`)
      .filter((definition) =>
        configuration.values(definition.value).some((value) => value.kind === "boolean" && !value.value),
      )
      .map((definition) => definition.path[storeIndex]),
  );
  return configuration
    .definitionsBelow(pattern)
    .filter((definition) => !disabled.has(definition.path[storeIndex]) && !isOverridden(configuration, definition));
}

/** Whether another definition of the same option, or of a set around it, certainly takes precedence (`lib.mkForce [ ]`). */
function isOverridden(configuration: Configuration, definition: Definition): boolean {
  if (configuration.host === undefined) return false;
  const { path, priority } = definition;
  return path.some((_, index) => {
    if (path.slice(0, index + 1).some((name) => name.includes("."))) return false;
    return configuration
      .definitions(path.slice(0, index + 1).join("."))
      .some((other) => other.priority < priority && configuration.holds(other.guards) === "yes");
  });
}

/** The directory of a store: what `persistentStoragePath` says, else its name. */
function storePath(configuration: Configuration, definition: Definition, index: number): string | undefined {
  const name = definition.path[index] ?? "";
  const computed = definition.computedNames.get(index);
  const named = configuration
    .definitions(
      [
        ...definition.path.slice(0, index).map((part) => (part.includes(".") ? "*" : part)),
        "*",
        "persistentStoragePath",
      ].join("."),
    )
    .filter((candidate) => candidate.path[index] === name)
    .flatMap((candidate) => configuration.values(candidate.value));
  const [path] = (computed ? configuration.values(computed) : [])
    .concat(named)
    .flatMap((value) => normalizePath(textOf(value) ?? "") ?? []);
  return path ?? (computed ? undefined : normalizePath(name));
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
  return configuration.widest
    .definitions("fileSystems.*.neededForBoot")
    .filter((definition) => normalizePath(definition.path[1] ?? "") === path)
    .some((definition) =>
      configuration.values(definition.value).some((value) => value.kind !== "boolean" || value.value),
    );
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
