import type { Configuration } from "../flake/configuration.ts";
import type { Definition, Module } from "../model/module.ts";

/**
 * Picks definitions by a predicate that looks at their paths alone. The answer is kept with each module, so that an edit costs
 * only the module that changed. Make one filter for each predicate, outside of functions.
 */
export function createDefinitionFilter(
  matches: (path: readonly string[]) => boolean,
): (configuration: Configuration) => readonly Definition[] {
  const picked = new WeakMap<Module, readonly Definition[]>();
  return (configuration) =>
    configuration.modules.flatMap((module) => {
      const known = picked.get(module) ?? module.definitions.filter((definition) => matches(definition.path));
      picked.set(module, known);
      return known;
    });
}
