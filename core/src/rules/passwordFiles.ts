import { relative, sep } from "node:path";
import type { Configuration } from "../flake/configuration.ts";
import { calleeName } from "../model/library.ts";
import type { Definition } from "../model/module.ts";
import { configPath, type Guard, type Value } from "../model/value.ts";
import type { Place } from "../syntax/place.ts";
import { conditionsOf } from "./conditions.ts";
import type { RuleContext } from "./rule.ts";
import { type SecretReference, secretDefinitions } from "./secrets.ts";
import { textOf } from "./textOf.ts";

/**
 * What the flake holds at a path. `unseen`: on disk but not known to git, so not part of the flake; `outside`: not below the flake's
 * directory, where a pure evaluation finds nothing; `unknown`: in a submodule that is not here.
 */
export type FileState = "present" | "missing" | "unseen" | "outside" | "unknown";

export function stateOfFile(path: string, from: string, { flake }: RuleContext): FileState {
  const { evaluator, gitIndex } = flake.sources;
  if (!path.startsWith(flake.root + sep)) return "outside";
  if (evaluator.files.exists(path, from)) return gitIndex.isTracked(path) === false ? "unseen" : "present";
  return gitIndex.isTracked(path) === undefined && isInEmptyDirectory(path, from, flake) ? "unknown" : "missing";
}

/** A submodule that was not fetched is an empty directory. */
function isInEmptyDirectory(path: string, from: string, flake: RuleContext["flake"]): boolean {
  const names = relative(flake.root, path).split(sep);
  return names.some((_, index) => {
    if (index === 0) return false;
    const entries = flake.sources.evaluator.files.readDirectory([flake.root, ...names.slice(0, index)].join(sep), from);
    return entries?.size === 0;
  });
}

/** A file of the flake that a password needs. */
export interface NeededFile {
  /** Undefined when it cannot be told which one. */
  readonly path: string | undefined;
  /** The call of `pathExists` that asks for it, or the value that names it. */
  readonly at: Place;
  readonly isGuarded: boolean;
}

/** The files that the conditions of a password ask for, also by way of its secret (`config.age.secrets ? root`). */
export function guardingFiles(configuration: Configuration, guards: readonly Guard[]): readonly NeededFile[] {
  return conditionsOf(guards).flatMap(({ value, negated }): readonly NeededFile[] => {
    if (negated) return [];
    const secret = askedSecret(value);
    if (secret)
      return secretDefinitions(configuration, secret).flatMap((found) => guardingFiles(configuration, found.guards));
    const [argument] = value.kind === "call" && calleeName(value) === "pathExists" ? value.arguments : [];
    return argument ? [{ path: pathOf(configuration, argument), at: value.at, isGuarded: true }] : [];
  });
}

/** `config.age.secrets ? name` */
function askedSecret(value: Value): Pick<SecretReference, "tool" | "name"> | undefined {
  if (value.kind !== "operation" || value.operator !== "?") return undefined;
  const [set, name] = value.operands;
  const path = set && configPath(set);
  if (path?.length !== 2 || path[1] !== "secrets" || name?.kind !== "string") return undefined;
  const tool = path[0] === "age" ? "agenix" : path[0] === "sops" ? "sops" : undefined;
  return tool && { tool, name: name.text };
}

/** The encrypted files of a secret; those that stand under a `pathExists` are among the guarding ones. */
export function encryptedFiles(configuration: Configuration, secret: SecretReference): readonly NeededFile[] {
  const own = secretDefinitions(configuration, secret).filter(
    ({ path }) => path.length === 4 && (path[3] === "file" || path[3] === "sopsFile"),
  );
  const shared = secret.tool === "sops" && own.length === 0 ? configuration.definitions("sops.defaultSopsFile") : [];
  return [...own, ...shared]
    .filter((definition) => guardingFiles(configuration, definition.guards).length === 0)
    .flatMap((definition) => namedFiles(configuration, definition));
}

/** The file of the flake that a definition's value is, if it is one. */
export function namedFiles(configuration: Configuration, definition: Definition): readonly NeededFile[] {
  return configuration.values(definition.value).map((value) => {
    const path = textOf(value);
    return { path, at: value.at, isGuarded: false };
  });
}

function pathOf(configuration: Configuration, value: Value): string | undefined {
  const [only, ...others] = configuration.values(value);
  return only && others.length === 0 ? textOf(only) : undefined;
}
