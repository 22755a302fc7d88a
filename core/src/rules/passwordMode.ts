import type { Configuration } from "../flake/configuration.ts";
import type { Definition, Module } from "../model/module.ts";
import { configPath, type Guard, type Value } from "../model/value.ts";
import type { Place } from "../syntax/place.ts";
import { conditionsOf } from "./conditions.ts";

/**
 * An option of the flake's own that chooses where passwords come from, as it is set for a host:
 * `lib.mkIf (cfg.password.mode == "bootstrap") { users.users.root.initialPassword = "nixos"; }`.
 */
export interface PasswordMode {
  readonly option: readonly string[];
  /** The value that the condition asks for. */
  readonly chosen: string;
  /** The value where the host sets the option. */
  readonly at: Place;
  /** What the module does for each value it asks for. */
  readonly alternatives: ReadonlyMap<string, readonly Definition[]>;
}

interface Choice {
  readonly option: readonly string[];
  readonly value: string;
}

/** Where the definitions of a switch for passwords may lead; anything else is a switch for more than that. */
const credentialRoots = new Set(["users", "user", "age", "sops", "warnings", "assertions", "security"]);

/** The mode that a definition depends on; undefined when there is none, or when no module sets it but its default counts. */
export function passwordModeOf(configuration: Configuration, definition: Definition): PasswordMode | undefined {
  for (const choice of choicesIn(definition.guards)) {
    if (!configuration.declaration(choice.option)) continue;
    const alternatives = alternativesOf(definition.module, choice.option);
    const own = alternatives.get(choice.value) ?? [];
    if (!own.every(({ path }) => credentialRoots.has(path[0] ?? ""))) continue;
    const at = placeOfSetting(configuration, choice);
    if (at) return { option: choice.option, chosen: choice.value, at, alternatives };
  }
  return undefined;
}

function placeOfSetting(configuration: Configuration, { option, value }: Choice): Place | undefined {
  return configuration
    .definitions(option.join("."))
    .flatMap((definition) => configuration.values(definition.value))
    .find((set) => set.kind === "string" && set.text === value)?.at;
}

function alternativesOf(module: Module, option: readonly string[]): ReadonlyMap<string, readonly Definition[]> {
  const alternatives = new Map<string, Definition[]>();
  for (const definition of module.definitions) {
    for (const choice of choicesIn(definition.guards)) {
      if (choice.option.join(".") !== option.join(".")) continue;
      const known = alternatives.get(choice.value);
      if (known) known.push(definition);
      else alternatives.set(choice.value, [definition]);
    }
  }
  return alternatives;
}

/** Conditions `config.a.b == "x"`, on either side. */
function choicesIn(guards: readonly Guard[]): Choice[] {
  return conditionsOf(guards).flatMap(({ value, negated }) => {
    if (negated || value.kind !== "operation" || value.operator !== "==") return [];
    const [left, right] = value.operands;
    return (left && right && (choice(left, right) ?? choice(right, left))) ?? [];
  });
}

function choice(option: Value, wanted: Value): Choice | undefined {
  const path = configPath(option);
  return path && wanted.kind === "string" ? { option: path, value: wanted.text } : undefined;
}
