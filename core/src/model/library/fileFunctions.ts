import { join } from "node:path";
import type { Place } from "../../syntax/place.ts";
import { mergeAttrs } from "../operations.ts";
import { type ReferenceValue, unknown } from "../value.ts";
import {
  attrs,
  type Call,
  define,
  entry,
  item,
  type LibraryFunctions,
  list,
  stringItem,
  text,
  unresolved,
} from "./libraryCall.ts";

/** Functions that read files of the flake. */
export const fileFunctions: LibraryFunctions = {
  import: define(1, ({ argument, evaluator, at }) => {
    const path = text(argument(0));
    return (
      (path === undefined ? undefined : evaluator.files.importValue(path, at.file)) ??
      unresolved("import", [argument(0)], at)
    );
  }),
  callPackage: define(2, (call) => {
    const path = text(call.argument(0));
    const value = path === undefined ? undefined : call.evaluator.files.importValue(path, call.at.file);
    if (!value) return unresolved("callPackage", [call.argument(0), call.argument(1)], call.at);
    // Arguments that are not given come out of nixpkgs.
    const packages = attrs(
      [entry("lib", () => free("lib", call.at), call.at), entry("pkgs", () => free("pkgs", call.at), call.at)],
      true,
      call.at,
    );
    return call.evaluator.apply(value, () => mergeAttrs(packages, call.argument(1), call.at) ?? packages, call.at);
  }),
  // Which modules there are is part of the flake's structure; whether other files are there is for rules to judge.
  pathExists: define(1, ({ argument, evaluator, at }) => {
    const path = text(argument(0));
    if (!path?.endsWith(".nix")) return unresolved("pathExists", [argument(0)], at);
    return { kind: "boolean", value: evaluator.files.exists(path, at.file), at };
  }),
  readDir: define(1, ({ argument, evaluator, at }) => {
    const path = text(argument(0));
    const names = path === undefined ? undefined : evaluator.files.readDirectory(path, at.file);
    if (!names) return unresolved("readDir", [argument(0)], at);
    return attrs(
      [...names].map(([name, type]) => entry(name, () => stringItem(type, at), at)),
      false,
      at,
    );
  }),
  listFilesRecursive: define(1, (call) => {
    const path = text(call.argument(0));
    return path === undefined
      ? unknown(call.at)
      : list(
          filesBelow(call, path).map((file) => item({ kind: "path", path: file, at: call.at })),
          call.at,
        );
  }),
};

function free(name: string, at: Place): ReferenceValue {
  return {
    kind: "reference",
    root: { name, binder: undefined, isModuleArgument: false },
    path: [],
    fallback: undefined,
    at,
  };
}

/** All Nix files below a directory, as `lib.filesystem.listFilesRecursive` and `import-tree` see them. */
function filesBelow(call: Call, directory: string, depth = 0): string[] {
  if (depth > 12) return [];
  const names = call.evaluator.files.readDirectory(directory, call.at.file);
  return [...(names ?? [])].flatMap(([name, type]) =>
    type === "directory" ? filesBelow(call, join(directory, name), depth + 1) : [join(directory, name)],
  );
}
