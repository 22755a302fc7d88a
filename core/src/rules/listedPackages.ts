import type { Configuration, ConfigurationItem } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import { referencePath, type Value } from "../model/value.ts";

/** A package in a list that becomes part of the system. */
export interface ListedPackage {
  /** Attributes below the package set, such as `["kdePackages", "kate"]`. */
  readonly names: readonly string[];
  readonly item: ConfigurationItem;
  /** The definition of the option; the list itself may be written elsewhere. */
  readonly definition: Definition;
}

/** Options that put packages into the system. */
export const packageOptions = [
  "environment.systemPackages",
  "users.users.*.packages",
  "home-manager.users.*.home.packages",
];

/** The packages that are certainly part of a host's system. */
export function listedPackages(
  configuration: Configuration,
  patterns: readonly string[] = packageOptions,
): readonly ListedPackage[] {
  return possiblePackages(configuration, patterns).filter(
    ({ item, definition }) => configuration.holds([...definition.guards, ...item.guards]) === "yes",
  );
}

/** The packages that are part of a host's system unless a condition that is not known keeps them out. */
export function possiblePackages(configuration: Configuration, patterns: readonly string[]): readonly ListedPackage[] {
  return patterns.flatMap((pattern) =>
    configuration.definitions(pattern).flatMap((definition) =>
      configuration.items(definition.value, definition).flatMap((item): ListedPackage[] => {
        const names = item.spread ? undefined : packageNames(item.value);
        return names ? [{ names, item, definition }] : [];
      }),
    ),
  );
}

/** Attributes of a flake or of nixpkgs that lead to a package set. */
const packageSets =
  /^(?:pkgs.*|.*pkgs|nixpkgs|(?:un)?stable|master|legacyPackages|packages|(?:x86_64|aarch64)-linux|system|default|\$\{.*\})$/;

function packageNames(value: Value): readonly string[] | undefined {
  if (value.kind === "guarded" || value.kind === "priority") return packageNames(value.content);
  const path = referencePath(value.kind === "call" ? value.function : value);
  if (!path) return undefined;
  // `lib.lowPrio pkgs.curl`
  const argument = value.kind === "call" ? value.arguments.at(-1) : undefined;
  if (/^(?:lowPrio|hiPrio|lowPrioSet|setPrio|getBin|getExe)$/.test(path.at(-1) ?? ""))
    return argument && packageNames(argument);
  // `inputs.hyprland.packages.${system}.default`: the name of the flake says more than the attribute.
  const perSystem = path.findIndex((name) => name === "packages" || name === "legacyPackages");
  const names = (perSystem > 0 ? path.slice(perSystem - 1) : path).filter((name) => !packageSets.test(name));
  return names.length > 0 ? names : undefined;
}
