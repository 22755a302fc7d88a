import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import type { Place } from "../syntax/place.ts";
import { isStoreList } from "./isStoreList.ts";
import { type PersistedEntry, persistedEntries } from "./persistence.ts";
import { listKind, privateLists } from "./privatePersistence.ts";
import type { RuleSettings } from "./ruleSettings.ts";
import { textOf } from "./textOf.ts";

/** Where a configuration keeps what every machine keeps; what is missing there is missing altogether. */
export interface PersistenceBase {
  readonly via: PersistedEntry["via"];
  /** The name of the list of directories; without one, of the list of files or of the stores. */
  readonly at: Place;
  /** The definition named at `at`. */
  readonly definition: Definition;
  /** The definition of the list of directories, when there is one. */
  readonly directories: Definition | undefined;
}

interface Candidate extends PersistenceBase {
  readonly entries: number;
}

const baseByConfiguration = new WeakMap<Configuration, { settings: RuleSettings; base: PersistenceBase | undefined }>();

/**
 * The list of persisted directories that a configuration begins with: of lists spread over modules the one in the module about
 * persistence, of a store itself, under the fewest conditions, with the most entries. Undefined when nothing is persisted by a list.
 */
export function persistenceBase(configuration: Configuration, settings: RuleSettings): PersistenceBase | undefined {
  const known = baseByConfiguration.get(configuration);
  if (known?.settings === settings) return known.base;
  const ranked = candidates(configuration, settings)
    .map((candidate) => ({ candidate, rank: rankOf(candidate, configuration) }))
    .sort((a, b) => compare(a.rank, b.rank));
  const base = ranked[0]?.candidate;
  baseByConfiguration.set(configuration, { settings, base });
  return base;
}

function candidates(configuration: Configuration, settings: RuleSettings): Candidate[] {
  const lists = { directory: new Map<Definition, Candidate>(), file: new Map<Definition, Candidate>() };
  for (const { definition, via, kind, user } of persistedEntries(configuration, settings)) {
    if (user !== undefined || definition.path[0] === "fileSystems") continue;
    const entries = (lists[kind].get(definition)?.entries ?? 0) + 1;
    const directories = kind === "directory" ? definition : undefined;
    lists[kind].set(definition, { via, at: definition.name, definition, directories, entries });
  }
  // What only the wrapper of an option of the flake's own mounts is known by its mount points.
  for (const definition of privateLists(configuration)) {
    const kind = listKind(definition.path);
    if (lists[kind].has(definition)) continue;
    const items = configuration.items(definition.value, definition);
    const entries = items.filter(({ value }) => textOf(value)?.startsWith("/")).length;
    const directories = kind === "directory" ? definition : undefined;
    if (entries > 0)
      lists[kind].set(definition, { via: "private", at: definition.name, definition, directories, entries });
  }
  // `environment.persistence = f x;` names stores that are not known.
  const unknown = configuration
    .definitions("environment.persistence")
    .filter(({ value }) => value.kind !== "attrs" || value.open)
    .map((definition): Candidate => ({ ...empty, at: definition.name, definition }));
  const found = [...lists.directory.values(), ...unknown];
  return found.length > 0 ? found : [...lists.file.values()];
}

const empty = { via: "impermanence", directories: undefined, entries: 0 } as const;

type Rank = readonly (number | string)[];

function rankOf({ definition, entries, at }: Candidate, configuration: Configuration): Rank {
  const isAbout = /persist|preserv|impermanence|perpetual/i.test(definition.module.file);
  const conditions = definition.guards.filter((guard) => configuration.holds([guard]) !== "yes").length;
  return [isAbout ? 0 : 1, isStoreList(definition) ? 0 : 1, conditions, -entries, at.file, at.start];
}

function compare(a: Rank, b: Rank): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? left;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
