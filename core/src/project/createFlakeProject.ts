import { lstatSync } from "node:fs";
import { basename, dirname, join, normalize, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { findNixFiles, findNixFilesSync, isProjectFile } from "../flake/findNixFiles.ts";
import { createFlakeModel, type FlakeModel, readOutputs } from "../flake/flakeModel.ts";
import { createOptionIndexBuilder } from "../flake/optionIndex.ts";
import { createSources, type Sources } from "../flake/sources.ts";
import type { Value } from "../model/value.ts";
import { applySuppressions } from "../rules/applySuppressions.ts";
import { checkFlake } from "../rules/checkFlake.ts";
import type { Finding } from "../rules/finding.ts";
import { groupByFile } from "../rules/groupByFile.ts";
import type { FlakeProject, FlakeProjectOptions, HostSummary } from "./flakeProject.ts";
import { hostInstallation } from "./hostInstallation.ts";
import { writtenAdditions } from "./writtenAdditions.ts";

/** How many files are read before other work gets a turn; 64 files take about 30 ms. */
const filesPerTurn = 64;

/** How long a check computes before other work gets a turn. */
const turnMs = 20;

/** How often a check that is overtaken by changes starts over; then it finishes without giving turns. */
const maximalAttempts = 3;

export function createFlakeProject(options: FlakeProjectOptions): FlakeProject {
  const root = normalize(options.root).replace(/(?<=.)[/\\]$/, "");
  const flakeFile = join(root, "flake.nix");
  let settings = options.settings;
  let model: FlakeModel | undefined;
  let byFile: ReadonlyMap<string, readonly Finding[]> | undefined;
  let outputs: { value: Value | undefined } | undefined;
  let revision = 0;
  const indexBuilder = createOptionIndexBuilder();
  const reported = new Set<string>();

  const sources: Sources = createSources({
    root,
    parser: options.parser,
    selfOutputs: () => outputs?.value,
  });

  const changed = (): void => {
    revision++;
    outputs = undefined;
    model = undefined;
    byFile = undefined;
  };

  const currentOutputs = (): Value | undefined => {
    if (!outputs) {
      // While they are computed, the outputs do not know themselves.
      outputs = { value: undefined };
      outputs = { value: readOutputs(root, sources) };
    }
    return outputs.value;
  };

  const currentModel = (): FlakeModel => {
    model ??= createFlakeModel({ root, sources, outputs: currentOutputs(), indexBuilder });
    return model;
  };

  function* check(): Generator<undefined, ReadonlyMap<string, readonly Finding[]>> {
    currentOutputs();
    for (const path of sources.paths()) {
      if (path !== flakeFile) sources.module(path);
      yield;
    }
    const found = yield* checkFlake(currentModel(), {
      settings,
      onRuleError(error) {
        const key = `${error.rule}\0${error.file}`;
        if (!reported.has(key)) options.onRuleError(error);
        reported.add(key);
      },
    });
    return groupByFile(applySuppressions(found, currentModel(), settings).sort(byPlace));
  }

  const findings = (): ReadonlyMap<string, readonly Finding[]> => {
    const steps = check();
    while (!byFile) {
      const step = steps.next();
      if (step.done) byFile = step.value;
    }
    return byFile;
  };

  return {
    root,
    async load({ signal, onProgress } = {}) {
      const paths = await findNixFiles(root, signal);
      for (const [index, path] of paths.entries()) {
        sources.readFromDisk(path);
        if ((index + 1) % filesPerTurn === 0) {
          onProgress?.(index + 1, paths.length);
          await nextTurn();
          signal?.throwIfAborted();
        }
      }
      onProgress?.(paths.length, paths.length);
      changed();
    },
    async check(signal) {
      for (let attempt = 0; attempt < maximalAttempts && !byFile; attempt++) {
        const started = revision;
        const steps = check();
        let turnStarted = performance.now();
        while (!byFile && revision === started) {
          const step = steps.next();
          if (step.done) byFile = step.value;
          else if (performance.now() - turnStarted > turnMs) {
            await nextTurn();
            signal?.throwIfAborted();
            turnStarted = performance.now();
          }
        }
      }
      findings();
    },
    openBuffer(path, text) {
      if (sources.text(path) === text && sources.isOpen(path)) return;
      sources.openBuffer(path, text);
      changed();
    },
    closeBuffer(path) {
      sources.closeBuffer(path);
      if (!isProjectFile(root, path)) sources.remove(path);
      changed();
    },
    filesChanged(paths) {
      for (const path of paths) {
        const directory = basename(path) === ".gitignore" ? dirname(path) : path;
        if (isDirectory(directory)) readBelow(sources, root, directory);
        else if (isProjectFile(root, path) && isFile(path)) sources.readFromDisk(path);
        else removeBelow(sources, path);
      }
      sources.forgetDisk();
      changed();
    },
    configure(next) {
      settings = next;
      revision++;
      byFile = undefined;
    },
    files: () => sources.paths(),
    text: (path) => sources.text(path),
    findings: (path) => (path === undefined ? [...findings().values()].flat() : (findings().get(path) ?? [])),
    hosts: () =>
      currentModel().hosts.map(
        (host): HostSummary => ({
          name: host.name,
          file: host.at.file,
          start: host.at.start,
          end: host.at.end,
          modules: [...new Set(host.configuration.modules.map((module) => module.file))].sort(),
          complete: host.configuration.complete,
        }),
      ),
    installation(name) {
      const host = currentModel().hosts.find((each) => each.name === name);
      return host && hostInstallation(host.configuration);
    },
    writtenAdditions(name) {
      const host = currentModel().hosts.find((each) => each.name === name);
      return host ? writtenAdditions(host.configuration, (file) => sources.text(file) ?? "") : [];
    },
    dispose: () => sources.dispose(),
  };
}

/** Symbolic links are followed nowhere. */
function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Reads again what belongs to the project below a directory, and removes what no longer does. */
function readBelow(sources: Sources, root: string, directory: string): void {
  const found = new Set(findNixFilesSync(root).filter((path) => isBelow(directory, path)));
  for (const path of sources.paths()) {
    if (isBelow(directory, path) && !found.has(path) && !sources.isOpen(path)) sources.remove(path);
  }
  for (const path of found) sources.readFromDisk(path);
}

/** Removes a file, or everything below a directory, unless it is open in an editor. */
function removeBelow(sources: Sources, path: string): void {
  if (isFile(path) && !sources.has(path)) return;
  for (const file of sources.paths()) {
    if ((file === path || isBelow(path, file)) && !sources.isOpen(file)) sources.remove(file);
  }
}

function isBelow(directory: string, path: string): boolean {
  return path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

function byPlace(a: Finding, b: Finding): number {
  return a.file < b.file
    ? -1
    : a.file > b.file
      ? 1
      : a.start - b.start || a.end - b.end || a.rule.localeCompare(b.rule);
}
