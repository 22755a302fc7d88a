import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Disposable, type Event, EventEmitter, RelativePattern, Uri, workspace } from "vscode";
import type { SeenMachine } from "../../../core/src/bootstrap/seenMachine.ts";
import { analyseClosure, type ClosureAnalysis } from "../../../core/src/closure/analyseClosure.ts";
import {
  type Budget,
  type BudgetResult,
  budgetFile,
  checkBudget,
  closureViolation,
} from "../../../core/src/closure/budget.ts";
import { ClosureHasCycle } from "../../../core/src/closure/closureGraph.ts";
import { closureFit } from "../../../core/src/closure/fits.ts";
import { measurementStore } from "../../../core/src/closure/measuring/measurementStore.ts";
import { type HostClosure, type HostName, hostKey } from "./hostClosure.ts";
import { type KnownTarget, targetInSettings, targetSeen } from "./knownTarget.ts";
import { type BudgetsOfFlake, readBudgets } from "./readBudgets.ts";

/** What was measured, by whichever window or command, with what follows from budgets and machines. Nothing is run. */
export interface HostClosures extends Disposable {
  /** A measurement, a budget, a setting or a machine may have changed. */
  readonly onDidChange: Event<void>;
  /** Undefined while the host was never measured. */
  of(host: HostName): HostClosure | undefined;
  /** The closure of a system that was measured; undefined when it is no longer kept. */
  analysis(root: string): ClosureAnalysis | undefined;
  /** Measurements of other systems of the host, the newest first. */
  earlier(host: HostName): readonly HostClosure["entry"][];
  budgets(flake: string): BudgetsOfFlake;
  /** Looks at everything again. */
  refresh(): void;
}

/** Analyses that are kept at hand; those of 3,000 paths take 2 MB. */
const keptAnalyses = 6;

/** `machineOf` gives the machine of a host as the last bootstrap saw it. */
export function createHostClosures(machineOf: (host: HostName) => SeenMachine | undefined): HostClosures {
  const store = measurementStore();
  const changed = new EventEmitter<void>();
  const closures = new Map<string, HostClosure | undefined>();
  const analyses = new Map<string, ClosureAnalysis | undefined>();
  const budgetsByFlake = new Map<string, BudgetsOfFlake>();

  function forget(): void {
    closures.clear();
    budgetsByFlake.clear();
    changed.fire();
  }

  /** A system that was measured again may have other places in modules. */
  function forgetMeasurements(): void {
    analyses.clear();
    forget();
  }

  const historyFiles = new RelativePattern(Uri.file(existing(join(store.directory, "history"))), "*.jsonl");
  const histories = watcher(historyFiles, forgetMeasurements);
  const budgetFiles = watcher(`**/${budgetFile}`, forget);
  const settings = workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration("nixosVps.targets")) forget();
  });

  function watcher(pattern: RelativePattern | string, onChange: () => void): Disposable {
    const files = workspace.createFileSystemWatcher(pattern);
    files.onDidCreate(onChange);
    files.onDidChange(onChange);
    files.onDidDelete(onChange);
    return files;
  }

  function budgets(flake: string): BudgetsOfFlake {
    const known = budgetsByFlake.get(flake) ?? readBudgets(flake);
    budgetsByFlake.set(flake, known);
    return known;
  }

  function analysis(root: string): ClosureAnalysis | undefined {
    const known = analyses.get(root) ?? analysisOf(root);
    analyses.delete(root);
    analyses.set(root, known);
    const [oldest] = analyses.keys();
    if (analyses.size > keptAnalyses && oldest !== undefined) analyses.delete(oldest);
    return known;
  }

  function analysisOf(root: string): ClosureAnalysis | undefined {
    const measurement = store.read(root);
    try {
      return measurement && analyseClosure(measurement);
    } catch (error) {
      if (error instanceof ClosureHasCycle) return undefined;
      throw error;
    }
  }

  /** A budget for the whole needs no more than the total, which is at hand at once. */
  function budgetResult({ root, totalBytes }: HostClosure["entry"], budget: Budget): BudgetResult | undefined {
    const { maxClosure, maxPath, forbid = [] } = budget;
    const needsPaths = maxPath !== undefined || forbid.length > 0;
    const isOver = maxClosure !== undefined && totalBytes > maxClosure;
    if (!needsPaths && !isOver) {
      const isNear = maxClosure !== undefined && totalBytes >= maxClosure * 0.9;
      return { verdict: isNear ? "near" : "under", violations: [] };
    }
    const closure = analysis(root);
    if (closure) return checkBudget(closure, budget);
    // The paths are no longer kept; what the total says is still so.
    const violation = closureViolation(totalBytes, budget);
    return violation && { verdict: "over", violations: [violation] };
  }

  function read(host: HostName): HostClosure | undefined {
    const history = store.history(host.flake, host.name);
    const entry = history.at(-1);
    if (!entry) return undefined;
    const budget = budgets(host.flake).budgets?.get(host.name);
    const target = targetOf(host);
    return {
      entry,
      previous: history.at(-2),
      budget: budget && budgetResult(entry, budget),
      fit: target && closureFit(entry.totalBytes, target.size),
      target,
    };
  }

  function targetOf(host: HostName): KnownTarget | undefined {
    const settings = workspace.getConfiguration("nixosVps", Uri.file(host.flake)).get<unknown>("targets");
    const seen = machineOf(host);
    return targetInSettings(settings, host.name) ?? (seen && targetSeen(seen));
  }

  return {
    onDidChange: changed.event,
    of(host) {
      const key = hostKey(host);
      if (!closures.has(key)) closures.set(key, read(host));
      return closures.get(key);
    },
    analysis,
    earlier: ({ flake, name }) => store.history(flake, name).slice(0, -1).reverse(),
    budgets,
    refresh: forgetMeasurements,
    dispose() {
      for (const each of [histories, budgetFiles, settings, changed]) each.dispose();
    },
  };
}

/** A directory that is not there cannot be watched. */
function existing(directory: string): string {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch {
    // Then nothing can be kept there either.
  }
  return directory;
}
