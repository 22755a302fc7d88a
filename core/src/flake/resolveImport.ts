import { basename, dirname, join, resolve } from "node:path";
import { calleeName } from "../model/library.ts";
import type { Module } from "../model/module.ts";
import { attrsOf, toItems } from "../model/operations.ts";
import { type ListItem, referencePath, type Value } from "../model/value.ts";

/** What the import graph may ask of the flake. */
export interface ImportContext {
  /** Absolute path of the flake. */
  readonly root: string;
  /** Nix files of the project. */
  has(path: string): boolean;
  fileModule(path: string): Module | undefined;
  /** The module a function or set is when it stands in a list of modules. */
  inlineModule(value: Value): Module;
  /** Modules that flake-parts modules of this flake define under a name (`flake.modules.nixos.base`), by option path. */
  namedModules(path: readonly string[]): readonly Value[];
  /** An output of this flake, read from an argument that is none of its inputs and so may be the flake itself under another name. */
  ownOutput(names: readonly string[]): Value | undefined;
  filesBelow(directory: string): readonly string[];
  importValue(path: string, from: string): Value | undefined;
}

/** What an element of `imports` brings in. */
export interface ImportTarget {
  readonly modules: readonly Module[];
  /** What comes from other flakes or nixpkgs, such as `inputs.disko.nixosModules.disko` or `modulesPath/profiles/qemu-guest.nix`. */
  readonly external: readonly string[];
  /** False when it could not be followed, or only guessed. */
  readonly complete: boolean;
}

const nothing: ImportTarget = { modules: [], external: [], complete: true };
const unresolved: ImportTarget = { modules: [], external: [], complete: false };

/** Functions whose modules add no definitions that matter: option aliases, renames and removals (lib/modules.nix). */
const harmlessFunctions =
  /^mk(?:AliasOptionModule|RenamedOptionModule|RemovedOptionModule|ChangedOptionModule|MergedOptionModule)/;

/** Follows one element of `imports`. */
export function resolveImport(item: Pick<ListItem, "value" | "spread">, context: ImportContext): ImportTarget {
  const { value } = item;
  switch (value.kind) {
    case "path":
    case "string":
      return resolvePath(value.kind === "path" ? value.path : value.text, context);
    case "text":
      return resolveText(value.parts);
    case "function":
      return { ...nothing, modules: [context.inlineModule(value)] };
    case "attrs":
      return { ...nothing, modules: [context.inlineModule(value)] };
    case "guarded":
    case "priority":
      return resolveImport({ value: value.content, spread: item.spread }, context);
    case "merge":
      return joinTargets(
        value.contents.map((content) => resolveImport({ value: content, spread: item.spread }, context)),
      );
    case "list":
      return resolveImports(value.items, context);
    case "reference":
      return resolveReference(value, context);
    case "call":
      return resolveCall(value, context);
    case "mapped":
      return resolveGuess([value.over, value.function], context);
    default: {
      const set = attrsOf(value);
      return set ? { modules: [context.inlineModule(set)], external: [], complete: !set.open } : unresolved;
    }
  }
}

export function resolveImports(items: readonly ListItem[], context: ImportContext): ImportTarget {
  return joinTargets(items.map((item) => resolveImport(item, context)));
}

export function joinTargets(targets: readonly ImportTarget[]): ImportTarget {
  return {
    modules: targets.flatMap((target) => target.modules),
    external: targets.flatMap((target) => target.external),
    complete: targets.every((target) => target.complete),
  };
}

function resolvePath(path: string, context: ImportContext): ImportTarget {
  if (path.startsWith("<") || path.startsWith("/nix/store"))
    return { ...nothing, external: [path.replace(/^<nixpkgs\/(?:nixos\/modules\/)?|>$/g, "")] };
  const file = context.has(path) ? path : join(path, "default.nix");
  const module = context.fileModule(file);
  return module ? { ...nothing, modules: [module] } : unresolved;
}

/** `"${modulesPath}/profiles/qemu-guest.nix"`, `inputs.nixpkgs + "/nixos/modules/…"`: files of another flake. */
function resolveText(parts: readonly (string | Value)[]): ImportTarget {
  const [root, ...rest] = parts;
  const names = root !== undefined && typeof root !== "string" ? referencePath(root) : undefined;
  if (!names) return unresolved;
  const tail = rest.every((part) => typeof part === "string") ? rest.join("") : undefined;
  if (tail === undefined) return unresolved;
  if (names[0] === "modulesPath") return { ...nothing, external: [tail.replace(/^\//, "")] };
  if (names[0] === "self" || names.join(".") === "inputs.self") return unresolved;
  return { ...nothing, external: [tail.replace(/^\/(?:nixos\/modules\/)?/, "")] };
}

function resolveReference(value: Value, context: ImportContext): ImportTarget {
  const names = referencePath(value) ?? [];
  const inConfig =
    names[0] === "config"
      ? names.slice(1)
      : names[0] === "self"
        ? ["flake", ...names.slice(1)]
        : names.slice(0, 2).join(".") === "inputs.self"
          ? ["flake", ...names.slice(2)]
          : undefined;
  if (inConfig) {
    const named = context.namedModules(inConfig);
    return named.length > 0
      ? joinTargets(named.map((module) => resolveImport({ value: module, spread: false }, context)))
      : unresolved;
  }
  const own = context.ownOutput(names);
  if (own) return resolveImport({ value: own, spread: false }, context);
  const isForeign = names.some((name) => /^(?:nixos|flake|home|home-?manager|darwin)?modules?$/i.test(name));
  return isForeign ? { ...nothing, external: [names.join(".")] } : unresolved;
}

function resolveCall(value: Value, context: ImportContext): ImportTarget {
  if (value.kind !== "call") return unresolved;
  const name = calleeName(value) ?? "";
  if (harmlessFunctions.test(name)) return nothing;
  const [first] = value.arguments;
  if (name === "importApply" && first?.kind === "path") {
    const module = context.importValue(first.path, value.at.file);
    return module ? { ...nothing, modules: [context.inlineModule(module)] } : unresolved;
  }
  // import-tree takes every Nix file below, except paths with a part that starts with `_` (its README).
  if (/^(?:import-tree|importTree)$/.test(name) && first?.kind === "path") {
    const files = context.filesBelow(first.path).filter((file) => !file.slice(first.path.length).includes("/_"));
    return { ...nothing, modules: files.flatMap((file) => context.fileModule(file) ?? []) };
  }
  const isForeign =
    /^(?:import|fetchTarball|fetchGit)$/.test(name) &&
    first !== undefined &&
    (referencePath(first)?.[0] === "inputs" || first.kind === "call" || first.kind === "text");
  if (isForeign) return first?.kind === "text" ? resolveText(first.parts) : { ...nothing, external: [name] };
  const named = namesBelow(value.arguments, context);
  if (named) return { modules: named.flatMap((path) => modulesAt(path, context)), external: [], complete: false };
  const guess = resolveGuess(value.arguments, context);
  // `relativeToRoot "hosts/common"` and the like: one path in, one module out.
  const isPathHelper =
    value.arguments.length === 1 && (first?.kind === "string" || first?.kind === "path") && guess.modules.length === 1;
  return isPathHelper ? { ...guess, complete: true } : guess;
}

/** `addModules ../modules [ "management/ssh" "www/httpd.nix" ]`: a directory and names of what lies below it. */
function namesBelow(values: readonly Value[], context: ImportContext): { path: string; from: string }[] | undefined {
  const [first, names] = values;
  const directory = first && names?.kind === "list" ? localPaths(first, context)[0] : undefined;
  if (values.length !== 2 || !directory || !names) return undefined;
  const paths = toItems(names).flatMap(({ value }) => {
    if (value.kind !== "string") return [];
    const path = join(directory.path, value.text);
    const found = [path, `${path}.nix`, join(path, "default.nix")].find((candidate) => context.has(candidate));
    return found ?? (context.filesBelow(path).length > 0 ? path : []);
  });
  return paths.length > 0 ? paths.map((path) => ({ path, from: names.at.file })) : undefined;
}

/**
 * A helper function that is not known but is given local paths, such as `lib.my.mapModulesRec ./modules import`, is taken to import
 * what they name.
 */
function resolveGuess(values: readonly Value[], context: ImportContext): ImportTarget {
  const modules = values.flatMap((value) => localPaths(value, context)).flatMap((path) => modulesAt(path, context));
  return { modules, external: [], complete: false };
}

function localPaths(value: Value, context: ImportContext, depth = 0): { path: string; from: string }[] {
  const from = value.at.file;
  if (value.kind === "path") return [{ path: value.path, from }];
  // Helpers such as `relativeToRoot "hosts/common"` take paths below the flake as strings.
  if (value.kind === "string")
    return value.text.includes("/") ? [{ path: resolve(context.root, value.text), from }] : [];
  if (depth > 2) return [];
  const inner = (next: Value): { path: string; from: string }[] => localPaths(next, context, depth + 1);
  if (value.kind === "list") return toItems(value).flatMap((item) => inner(item.value));
  if (value.kind === "call") return value.arguments.flatMap(inner);
  if (value.kind === "mapped") return inner(value.over);
  if (value.kind === "attrs") return value.entries.flatMap((entry) => inner(entry.value()));
  return [];
}

function modulesAt({ path, from }: { path: string; from: string }, context: ImportContext): Module[] {
  const ofFile = (file: string): Module[] => {
    const module = file === from ? undefined : context.fileModule(file);
    return module?.isModule ? [module] : [];
  };
  if (context.has(path)) return ofFile(path);
  const own = join(path, "default.nix");
  if (context.has(own) && own !== from) return ofFile(own);
  const below = context.filesBelow(path);
  // A directory with a default.nix is one module; what lies beside it is its own affair.
  const directoryModules = new Set(
    below.filter((file) => basename(file) === "default.nix" && file !== own).map(dirname),
  );
  return below
    .filter((file) => basename(file) !== "flake.nix")
    .filter((file) => {
      for (let directory = dirname(file); directory.length > path.length; directory = dirname(directory)) {
        if (directoryModules.has(directory)) return basename(file) === "default.nix" && dirname(file) === directory;
      }
      return true;
    })
    .flatMap(ofFile);
}
