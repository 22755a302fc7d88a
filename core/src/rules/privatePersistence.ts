import type { Configuration } from "../flake/configuration.ts";
import type { Definition, Module } from "../model/module.ts";
import type { Expression } from "../syntax/expression.ts";
import { innerNodes, type Node, someNode } from "../syntax/findNode.ts";
import { createDefinitionFilter } from "./definitionFilter.ts";

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
/** What is named beside the lists without being kept. */
const exceptionSegment = /exclu|ignor|skip/i;

/** Whether an option is by its name a private list of what is to be kept: `my.persist.directories`, `persist.state.extraDirs`. */
export function isPrivateList(path: readonly string[]): boolean {
  const name = path.at(-1) ?? "";
  return (
    listSegment.test(name) &&
    path.slice(0, -1).some((segment) => !segment.startsWith("/") && persistenceSegment.test(segment)) &&
    !path.some((segment) => exceptionSegment.test(segment)) &&
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

const wrappers = new WeakMap<Configuration, Map<string, Wrapper>>();

/** Reads what becomes of a private option from the definitions that use it. */
export function wrapperOf(path: readonly string[], configuration: Configuration): Wrapper {
  const { widest } = configuration;
  const known = wrappers.get(widest) ?? new Map<string, Wrapper>();
  wrappers.set(widest, known);
  const key = path.join("\0");
  const wrapper = known.get(key) ?? readWrapper(path, widest);
  known.set(key, wrapper);
  return wrapper;
}

function readWrapper(path: readonly string[], configuration: Configuration): Wrapper {
  const declaring = declaringModule(path, configuration);
  let via: Wrapper["via"];
  let early = false;
  for (const module of configuration.modules) {
    for (const mounting of mountingsOf(module)) {
      if (!refersTo(mounting.value, path, module === declaring ? 1 : 2)) continue;
      via ??= mounting.via;
      early ||= setsEarly(mounting.value);
    }
  }
  return { via, early };
}

interface Mounting {
  readonly via: Wrapper["via"];
  readonly value: Expression;
}

const mountings = new WeakMap<Module, readonly Mounting[]>();

/** What a module that is a function says of impermanence, preservation and `fileSystems`, as it is written. */
function mountingsOf(module: Module): readonly Mounting[] {
  const known = mountings.get(module);
  if (known) return known;
  const [head] = module.heads;
  const found = head ? mountingsIn(head.body, []) : [];
  mountings.set(module, found);
  return found;
}

function mountingsIn(node: Node, prefix: readonly string[]): readonly Mounting[] {
  if (node.kind !== "binding") return innerNodes(node).flatMap((inner) => mountingsIn(inner, prefix));
  const path = [...prefix, ...node.path.map((name) => String(name.parts[0]))];
  const { value } = node;
  if (path.includes("fileSystems")) return [{ via: undefined, value }];
  if (path.includes("preservation")) return [{ via: "preservation", value }];
  if (path.some((name, index) => name === "persistence" && ["environment", "home"].includes(path[index - 1] ?? ""))) {
    return [{ via: "impermanence", value }];
  }
  return mountingsIn(value, path);
}

function declaringModule(path: readonly string[], configuration: Configuration): Module | undefined {
  for (let length = path.length; length > 0; length--) {
    const declaration = configuration.declaration(path.slice(0, length));
    if (declaration) return declaration.module;
  }
  return undefined;
}

/** Whether an expression selects an option, or a set around it, by at least `shortest` of its names: `cfg.dirs`, `config.my.persist`. */
function refersTo(root: Expression, path: readonly string[], shortest: number): boolean {
  return someNode(root, (node) => {
    if (node.kind !== "select" || node.path.length < shortest) return false;
    const names = node.path.map((name) => String(name.parts[0]));
    return path.some((_, start) => names.every((name, index) => path[start + index] === name));
  });
}

/** Whether an expression says `neededForBoot = true` or `inInitrd = true` anywhere, also in the functions it holds. */
function setsEarly(root: Expression): boolean {
  return someNode(root, (node) => {
    if (node.kind !== "binding" || !/^(?:neededForBoot|inInitrd)$/.test(String(node.path.at(-1)?.parts[0])))
      return false;
    return node.value.kind === "variable" && node.value.name === "true";
  });
}

/** Definitions of private lists of a configuration. */
export const privateLists = inForce(createDefinitionFilter(isPrivateList));

/** Definitions of options that are named after the path they keep. */
export const privateSwitches = inForce(createDefinitionFilter(isPrivateSwitch));

function inForce(
  filter: (configuration: Configuration) => readonly Definition[],
): (configuration: Configuration) => readonly Definition[] {
  return (configuration) =>
    filter(configuration).filter((definition) => configuration.holds(definition.guards) !== "no");
}
