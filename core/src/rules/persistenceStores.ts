import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import type { Place } from "../syntax/place.ts";
import { normalizePath } from "./paths.ts";
import { textOf } from "./textOf.ts";

/** A directory below which persisted entries are kept. */
export interface PersistenceStore {
  readonly path: string;
  readonly via: "impermanence" | "preservation";
  /** Where it is named. */
  readonly at: Place;
  readonly definition: Definition;
}

export interface StoreList {
  readonly via: PersistenceStore["via"];
  /** Pattern of the stores; the last segment is the store's name. */
  readonly pattern: string;
}

export const storeLists: readonly StoreList[] = [
  { via: "impermanence", pattern: "environment.persistence.*" },
  { via: "preservation", pattern: "preservation.preserveAt.*" },
];
/** Where the name of a store stands in an option path. */
export const storeIndex = 2;

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

/** Definitions below stores that are not switched off or emptied with `mkForce`. */
export function activeDefinitions(configuration: Configuration, pattern: string): readonly Definition[] {
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
export function isOverridden(configuration: Configuration, definition: Definition): boolean {
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
export function storePath(configuration: Configuration, definition: Definition, index: number): string | undefined {
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
