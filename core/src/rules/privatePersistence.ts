import type { Configuration } from "../flake/configuration.ts";
import type { Definition, Module } from "../model/module.ts";
import type { Binding, Expression } from "../syntax/expression.ts";

/** What the module that declares a private option does with it. */
export interface Wrapper {
  /** Where the entries end up; undefined when that is not seen. */
  readonly via: "impermanence" | "preservation" | undefined;
  /** The wrapper mounts before activation: in the initrd, or through `fileSystems` with `neededForBoot`. */
  readonly early: boolean;
}

const persistenceSegment = /persist|preserv|impermanence|perpetual/i;
const listSegment = /^(?:extra)?(?:dirs|directories|files)(?:Root)?$/i;
const fileListSegment = /files/i;

/** Whether an option is by its name a private list of what is to be kept: `my.persist.directories`, `persist.state.extraDirs`. */
export function isPrivateList(path: readonly string[]): boolean {
  const name = path.at(-1) ?? "";
  return (
    listSegment.test(name) &&
    path.slice(0, -1).some((segment) => !segment.startsWith("/") && persistenceSegment.test(segment)) &&
    !isPublic(path)
  );
}

/** Whether an option is named after the path it keeps: `file."/etc/NetworkManager".persist = true`. */
export function isPrivateSwitch(path: readonly string[]): boolean {
  return /^(?:persist|preserve)$/i.test(path.at(-1) ?? "") && (path.at(-2) ?? "").startsWith("/");
}

export function listKind(path: readonly string[]): "directory" | "file" {
  return fileListSegment.test(path.at(-1) ?? "") ? "file" : "directory";
}

/** Options of impermanence and preservation themselves. */
function isPublic(path: readonly string[]): boolean {
  return path.some(
    (name, index) =>
      (name === "persistence" && ["environment", "home"].includes(path[index - 1] ?? "")) || name === "preserveAt",
  );
}

/** Reads what becomes of a private option from the module that declares it. */
export function wrapperOf(path: readonly string[], configuration: Configuration): Wrapper {
  const module = declaringModule(path, configuration);
  if (!module) return { via: undefined, early: false };
  let via: Wrapper["via"];
  let early = false;
  for (const {
    path: [first, second],
    binding,
  } of module.definitions) {
    const isImpermanence = first === "environment" && second === "persistence";
    const isPreservation = first === "preservation";
    if (isImpermanence) via ??= "impermanence";
    if (isPreservation) via ??= "preservation";
    if (!early && (isImpermanence || isPreservation || first === "fileSystems"))
      early = binding !== undefined && setsEarly(binding.value);
  }
  return { via, early };
}

function declaringModule(path: readonly string[], configuration: Configuration): Module | undefined {
  for (let length = path.length; length > 0; length--) {
    const declaration = configuration.declaration(path.slice(0, length));
    if (declaration) return declaration.module;
  }
  return undefined;
}

/** Whether an expression says `neededForBoot = true` or `inInitrd = true` anywhere, also in the functions it holds. */
function setsEarly(root: Expression): boolean {
  const queue: unknown[] = [root];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (typeof node !== "object" || node === null) continue;
    if (
      isBinding(node) &&
      /^(?:neededForBoot|inInitrd)$/.test(String(node.path.at(-1)?.parts[0])) &&
      isTrue(node.value)
    )
      return true;
    queue.push(...Object.values(node));
  }
  return false;
}

function isBinding(node: object): node is Binding {
  return "kind" in node && node.kind === "binding";
}

function isTrue(expression: Expression): boolean {
  return expression.kind === "variable" && expression.name === "true";
}

/** Definitions of private lists and switches of a configuration. */
export function privateDefinitions(
  configuration: Configuration,
  matches: (path: readonly string[]) => boolean,
): readonly Definition[] {
  return configuration.modules.flatMap((module) =>
    module.definitions.filter(
      (definition) => matches(definition.path) && configuration.holds(definition.guards) !== "no",
    ),
  );
}
