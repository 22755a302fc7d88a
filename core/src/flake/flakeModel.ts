import { basename, join } from "node:path";
import type { Module } from "../model/module.ts";
import { attrsOf } from "../model/operations.ts";
import { readModule } from "../model/readModule.ts";
import type { Value } from "../model/value.ts";
import type { Place } from "../syntax/place.ts";
import { type Configuration, createConfiguration, type ExternalImport } from "./configuration.ts";
import { exportedModules } from "./exportedModules.ts";
import { flakeOutputs, flakePartsModules, type HostSeed, hostsOfModules, hostsOfOutputs } from "./findHosts.ts";
import type { FlakeLock } from "./flakeLock.ts";
import { guessHosts } from "./guessHosts.ts";
import type { OptionIndexBuilder } from "./optionIndex.ts";
import { type ImportContext, resolveImport } from "./resolveImport.ts";
import type { Sources } from "./sources.ts";

export interface Host {
  readonly name: string;
  /** Where its name is written. */
  readonly at: Place;
  readonly configuration: Configuration;
}

/** Everything the rules see of a flake. */
export interface FlakeModel {
  readonly root: string;
  readonly hosts: readonly Host[];
  /** One configuration a host, and one for the modules that no host is known to import, when there are any. */
  readonly configurations: readonly Configuration[];
  /** All modules of the flake as if they were one configuration. */
  readonly wholeFlake: Configuration;
  readonly lock: FlakeLock;
  readonly sources: Sources;
  /** Names of the hosts that import a module, sorted. */
  hostsOf(module: Module): readonly string[];
  /** Names of the hosts that import a module written in a file, sorted. */
  hostsOfFile(file: string): readonly string[];
}

interface Reached {
  readonly modules: Set<Module>;
  readonly external: ExternalImport[];
  complete: boolean;
}

export interface FlakeModelOptions {
  readonly root: string;
  readonly sources: Sources;
  /** The outputs of flake.nix, already computed; undefined when there is none. */
  readonly outputs: Value | undefined;
  readonly indexBuilder: OptionIndexBuilder;
}

export function createFlakeModel({ root, sources, outputs, indexBuilder }: FlakeModelOptions): FlakeModel {
  const { evaluator } = sources;
  const inlineModules = new WeakMap<Value, Module>();
  const paths = sources.paths();
  const flakeFile = join(root, "flake.nix");
  let named: readonly Module[] = [];

  let knownInputs: ReadonlySet<string> | undefined;
  const inputNames = (): ReadonlySet<string> => {
    if (knownInputs) return knownInputs;
    const flake = sources.value(flakeFile);
    const inputs = flake && evaluator.select(flake, "inputs", flake.at);
    const entries = inputs ? (attrsOf(inputs)?.entries ?? []) : [];
    knownInputs = new Set(["inputs", ...entries.map(({ name }) => name)]);
    return knownInputs;
  };

  const context: ImportContext = {
    root,
    has: sources.has,
    fileModule: sources.module,
    importValue: (path, from) => evaluator.files.importValue(path, from),
    filesBelow: sources.filesBelow,
    namedModules: (path) =>
      named.flatMap((module) =>
        module.definitions
          .filter(
            (definition) =>
              definition.path.length === path.length && definition.path.every((name, index) => name === path[index]),
          )
          .map((definition) => definition.value),
      ),
    ownOutput([argument, ...path]) {
      if (!outputs || path.length < 2 || argument === undefined || inputNames().has(argument)) return undefined;
      let output: Value | undefined = outputs;
      for (const name of path) output = output && evaluator.select(output, name, output.at);
      return output && ["attrs", "function", "path"].includes(output.kind) ? output : undefined;
    },
    inlineModule(value) {
      const known = inlineModules.get(value);
      if (known) return known;
      const module = readModule(value, false, evaluator);
      inlineModules.set(value, module);
      return module;
    },
  };

  const reach = (modules: readonly Module[], external: readonly string[], complete: boolean): Reached => {
    const given = external.map((name): ExternalImport => ({ name, item: undefined, module: undefined }));
    const reached: Reached = { modules: new Set(), external: given, complete };
    const queue = [...modules];
    for (let module = queue.pop(); module; module = queue.pop()) {
      if (reached.modules.has(module)) continue;
      reached.modules.add(module);
      for (const item of module.imports) {
        const target = resolveImport(item, context);
        queue.push(...target.modules);
        for (const name of target.external) reached.external.push({ name, item, module });
        if (!target.complete) reached.complete = false;
      }
    }
    return reached;
  };

  const fileModules = paths
    .filter((path) => path !== flakeFile)
    .flatMap((path) => sources.module(path) ?? [])
    .filter((module) => module.isModule);
  const partsModules = outputs ? flakePartsModules(outputs, context) : [];
  const parts = reach(partsModules, [], true);
  named = partsModules.length > 0 ? [...new Set([...parts.modules, ...fileModules])] : [];
  const found = outputs
    ? [...hostsOfOutputs(outputs, evaluator, context), ...hostsOfModules(named, evaluator, context)]
    : [];
  const seeds = found.length > 0 ? found : guessHosts(root, paths, context);
  const reachedBySeed = new Map<HostSeed, Reached>(
    seeds.map((seed) => [seed, reach(seed.target.modules, seed.target.external, seed.target.complete)]),
  );

  const reachedFiles = new Set(
    [...reachedBySeed.values()].flatMap((reached) => [...reached.modules].map((module) => module.file)),
  );
  for (const module of parts.modules) reachedFiles.add(module.file);
  const importedAsValue = sources.importedAsValue();
  const loose = fileModules.filter(
    (module) => !reachedFiles.has(module.file) && !isForeignModule(module, root) && !importedAsValue.has(module.file),
  );
  const reachedModules = new Set([...reachedBySeed.values()].flatMap((reached) => [...reached.modules]));
  const exported = outputs ? exportedModules(outputs, named, evaluator, context) : [];
  const rest = reach([...loose, ...exported.filter((module) => !reachedModules.has(module))], [], false);
  const all = new Set([...rest.modules, ...[...reachedBySeed.values()].flatMap((reached) => [...reached.modules])]);
  const index = indexBuilder.build(all);

  const shared = { index, evaluator };
  const everyExternal = [rest, ...reachedBySeed.values()].flatMap((reached) => reached.external);
  const wholeFlake = createConfiguration({
    ...shared,
    host: undefined,
    complete: false,
    modules: [...all],
    externalImports: everyExternal,
  });
  const hosts = [...reachedBySeed].map(
    ([seed, reached]): Host => ({
      name: seed.name,
      at: seed.at,
      configuration: createConfiguration({
        ...shared,
        host: seed.name,
        complete: reached.complete,
        modules: [...reached.modules],
        externalImports: reached.external,
        specialArgs: seed.specialArgs,
        wholeFlake,
      }),
    }),
  );
  // A file that a host reaches may still hold modules of its own that none does.
  const unreached = [...rest.modules].filter(
    (module) => !reachedModules.has(module) && !(module.isFile && reachedFiles.has(module.file)),
  );
  const loner = createConfiguration({
    ...shared,
    host: undefined,
    complete: false,
    modules: unreached,
    externalImports: rest.external,
    wholeFlake,
  });

  let knownHostsByPlace: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  const hostsByPlace = (): ReadonlyMap<string, ReadonlySet<string>> => (knownHostsByPlace ??= groupHosts(hosts));
  return {
    root,
    hosts,
    wholeFlake,
    sources,
    configurations: [...hosts.map((host) => host.configuration), ...(unreached.length > 0 ? [loner] : [])],
    lock: sources.lock(),
    hostsOf: (module) => [...(hostsByPlace().get(placeKey(module)) ?? [])].sort(),
    hostsOfFile: (file) =>
      hosts
        .filter((host) => host.configuration.modules.some((module) => module.file === file))
        .map((host) => host.name)
        .sort(),
  };
}

/** Names of the hosts by the places of the modules that they import. */
function groupHosts(hosts: readonly Host[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byPlace = new Map<string, Set<string>>();
  for (const { name, configuration } of hosts) {
    for (const module of configuration.modules) {
      const key = placeKey(module);
      byPlace.set(key, (byPlace.get(key) ?? new Set<string>()).add(name));
    }
  }
  return byPlace;
}

/** A module function that is applied for each host gives a module each, but is written once. */
function placeKey({ at }: Module): string {
  return `${at.file}:${at.start}`;
}

/** The outputs of the flake at a root, with symbolic inputs. */
export function readOutputs(root: string, sources: Sources): Value | undefined {
  const flake = sources.value(join(root, "flake.nix"));
  return flake && flakeOutputs(flake, sources.evaluator);
}

/** Modules of nix-darwin and Home Manager, and Nix files that are no modules, by what they are called and what they set. */
function isForeignModule(module: Module, root: string): boolean {
  const inside = module.file.slice(root.length);
  if (/(?:^|[/_.-])darwin(?:[/_.-]|$)/i.test(inside)) return true;
  if (basename(module.file) === "shell.nix" || basename(module.file) === "flake.nix") return true;
  return module.definitions.some(
    (definition) =>
      definition.path[0] === "home" &&
      ["packages", "username", "homeDirectory", "stateVersion", "file"].includes(definition.path[1] ?? ""),
  );
}
