import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { analyseClosure } from "../../../core/src/closure/analyseClosure.ts";
import { type Budgets, strayBudgets } from "../../../core/src/closure/budget.ts";
import { ClosureHasCycle } from "../../../core/src/closure/closureGraph.ts";
import type { Measurement } from "../../../core/src/closure/measurement.ts";
import { measureHost, measureStorePath, NotBuilt } from "../../../core/src/closure/measuring/measureClosure.ts";
import { closuresDirectory, measurementStore } from "../../../core/src/closure/measuring/measurementStore.ts";
import type { HostReference } from "../../../core/src/nix/flakeReference.ts";
import { isMissingAttribute, NixFailed, nixVersion } from "../../../core/src/nix/runNix.ts";
import { systemError } from "../../../core/src/systemError.ts";
import { CannotRun } from "../cannotRun.ts";
import { exitCodes } from "../exitCodes.ts";
import type { Terminal } from "../terminal.ts";
import { unknownHost } from "../unknownHost.ts";
import { parseClosureOptions } from "./closureOptions.ts";
import { closureReport, isWithinLimits } from "./closureReport.ts";
import { type ClosureSubject, closureSubject } from "./closureSubject.ts";
import { describeNotBuilt } from "./describeNotBuilt.ts";
import { formatClosureJson } from "./formatClosureJson.ts";
import { formatClosureMarkdown } from "./formatClosureMarkdown.ts";
import { formatClosureText } from "./formatClosureText.ts";
import { readBefore } from "./readBefore.ts";
import { readBudgets } from "./readBudgets.ts";
import { type HostModules, readModules } from "./readModules.ts";
import { readTarget } from "./readTarget.ts";

/** `nixos-vps closure`. Throws `CannotRun`. */
export async function closureCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseClosureOptions(argv);
  const { directory } = terminal;
  const subject = closureSubject(options.subject, directory);
  const target = await readTarget(options, subject, terminal);
  const budgets: Budgets = subject.kind === "host" ? readBudgets(subject.reference) : new Map();
  const inFile = subject.kind === "host" ? budgets.get(subject.reference.host) : undefined;
  const budget = options.maxClosure === undefined ? inFile : { ...inFile, maxClosure: options.maxClosure };
  const store = measurementStore(closuresDirectory(terminal.env));

  const controller = new AbortController();
  const { signal } = controller;
  terminal.onInterrupt(() => controller.abort(new CannotRun("interrupted")));
  const onProgress = options.progress ? terminal.warn : terminal.progress;
  const modulesOf = (reference: HostReference): Promise<HostModules> => readModules(reference, terminal, signal);
  const measure = async (what: ClosureSubject): Promise<Measurement> => {
    const shared = { version, store: options.store, signal, onProgress };
    if (what.kind === "path") return measureStorePath(what.path, shared);
    const measurement = await measureHost(what.reference, {
      ...shared,
      build: options.build,
      written: async () => (await modulesOf(what.reference)).written,
      onUnattributed: ({ message }) => terminal.warn(`which module adds what could not be found out: ${message}`),
    });
    keep(() => store.save(analyseClosure(measurement)), terminal);
    return measurement;
  };

  let version: Awaited<ReturnType<typeof nixVersion>>;
  try {
    version = await nixVersion(signal);
    const measurement = await measure(subject);
    const analysis = analyseClosure(measurement);
    if (subject.kind === "host" && budgets.size > 0) {
      const { hosts } = await modulesOf(subject.reference);
      // A host that was measured is there, also where the flake computes its name.
      const others = new Map([...budgets].filter(([name]) => name !== subject.reference.host));
      for (const stray of strayBudgets(others, hosts)) terminal.warn(stray);
    }
    const before =
      options.diff === undefined
        ? undefined
        : await readBefore(options.diff, measurement, subject, { directory, signal, store, measure, modulesOf });
    terminal.progress("");
    if (options.save !== undefined) write(resolve(directory, options.save), JSON.stringify(measurement));
    const { why, without } = options;
    const report = closureReport(analysis, { budget, target, why, without, before });
    const formats = { text: formatText, json: formatClosureJson, markdown: formatClosureMarkdown };
    terminal.print(formats[options.format](report));
    return isWithinLimits(report) ? exitCodes.clean : exitCodes.findings;
  } catch (error) {
    terminal.progress("");
    if (error instanceof NotBuilt) {
      if (options.format === "json") terminal.print(`${JSON.stringify(estimateOf(error), undefined, 2)}\n`);
      throw new CannotRun(describeNotBuilt(error));
    }
    if (error instanceof NixFailed && subject.kind === "host" && isMissingAttribute(error)) {
      const { hosts } = await modulesOf(subject.reference);
      const { host } = subject.reference;
      if (!hosts.includes(host)) throw unknownHost(host, hosts);
      throw new CannotRun(
        `${host} has no config.system.build.toplevel: it is no NixOS system, such as nixpkgs.lib.nixosSystem makes`,
      );
    }
    if (error instanceof NixFailed || error instanceof ClosureHasCycle) throw new CannotRun(error.message);
    throw error;
  }

  function formatText(report: Parameters<typeof formatClosureText>[0]): string {
    return formatClosureText(report, terminal);
  }
}

/** What could not be kept is missed by the next comparison only. */
function keep(save: () => void, terminal: Terminal): void {
  try {
    save();
  } catch (error) {
    terminal.warn(`the measurement could not be kept: ${systemError(error)}`);
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CannotRun(`cannot write ${path}: ${systemError(error)}`);
  }
}

function estimateOf({ toplevel, estimate }: NotBuilt): unknown {
  return { version: 1, root: toplevel, estimate };
}
