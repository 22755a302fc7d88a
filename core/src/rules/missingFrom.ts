import { join } from "node:path";
import type { Configuration } from "../flake/configuration.ts";
import { isDisposable } from "./disposableSystem.ts";
import { isPersisted } from "./isPersisted.ts";
import type { Mention } from "./mentions.ts";
import { mountsOf } from "./mounts.ts";
import { type PersistenceBase, persistenceBase } from "./persistenceBase.ts";
import { rootIsWiped } from "./rootIsWiped.ts";
import type { RuleContext } from "./rule.ts";

/**
 * Where to tell that some paths are lost at each boot; undefined when one of them may be kept. Lists that are spread over modules are told
 * of once, where the list that a machine begins with is. `evidence` as for `isPersisted`.
 */
export function missingFrom(
  paths: readonly string[],
  configuration: Configuration,
  context: RuleContext,
  evidence?: Mention,
): PersistenceBase | undefined {
  if (isPartOfSomethingElse(configuration, context)) return undefined;
  const base = persistenceBase(configuration, context.settings);
  if (!base || isDisposable(configuration, base.definition, context.flake.root)) return undefined;
  if (!losesState(configuration, context) || !isFirst(base, configuration, context)) return undefined;
  return paths.every((path) => isPersisted(path, configuration, context, evidence) === "no") ? base : undefined;
}

/** A flake without hosts offers its modules to others: what is not said here may be said where they are used. */
function isPartOfSomethingElse({ host }: Configuration, { flake }: RuleContext): boolean {
  return host === undefined && flake.hosts.length === 0 && flake.sources.has(join(flake.root, "flake.nix"));
}

/** Persistence alone tells that the root is wiped only where what mounts and empties it is not seen. */
function losesState(configuration: Configuration, { settings }: RuleContext): boolean {
  const wiped = rootIsWiped(configuration, settings);
  const isSeen = configuration.complete && mountsOf(configuration).some(({ path }) => path === "/");
  return wiped === "yes" || (wiped === "maybe" && !isSeen);
}

/**
 * Modules whose hosts are not all known may only add to a list that is elsewhere: in a module that belongs to this host, or to
 * any. What another host begins with is its own.
 */
function isFirst(
  { definition }: PersistenceBase,
  configuration: Configuration,
  { flake, settings }: RuleContext,
): boolean {
  if (configuration.complete) return true;
  const wide = persistenceBase(flake.wholeFlake, settings);
  if (!wide || wide.definition.module === definition.module) return true;
  const hosts = flake.hostsOf(wide.definition.module);
  return configuration.host !== undefined && hosts.length > 0 && !hosts.includes(configuration.host);
}
