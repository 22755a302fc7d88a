import { isPersisted } from "./isPersisted.ts";
import type { PersistenceBase } from "./persistenceBase.ts";
import type { RuleContext } from "./rule.ts";

/**
 * Whether every host that has a list of persisted directories lacks some paths. Where one has them from another module, adding them
 * to the list would name them twice there, which impermanence refuses (nixos.nix, assertions).
 */
export function isMissingEverywhere(
  paths: readonly string[],
  { definition }: PersistenceBase,
  context: RuleContext,
): boolean {
  const names = context.flake.hostsOf(definition.module);
  return context.flake.hosts
    .filter(({ name }) => names.includes(name))
    .every(({ configuration }) => paths.every((path) => isPersisted(path, configuration, context) === "no"));
}
