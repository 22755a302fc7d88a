import { isUtf8 } from "node:buffer";
import { join, resolve } from "node:path";
import { createNixParser } from "../../../core/src/syntax/nixParser.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Terminal } from "../terminal.ts";
import { acceptedBy, type Baseline } from "./baseline.ts";
import { type CheckedFlake, requireHosts, selectedFiles, selectedFindings } from "./checkedFlake.ts";
import type { CheckOptions } from "./checkOptions.ts";
import { commonDirectory } from "./commonDirectory.ts";
import type { ShownFinding } from "./describeFindings.ts";
import { openFlake } from "./openFlake.ts";
import type { ReportedFinding, RuleFailure } from "./report.ts";
import { bufferTarget, isSelected, resolveTargets, type Target } from "./resolveTargets.ts";

/** The flakes of one run of `check`, read, and what of their findings is asked for. */
export interface CheckSession {
  readonly flakes: readonly CheckedFlake[];
  /** The directory that holds all of them. */
  readonly root: string;
  /** Grows while findings are computed. */
  readonly ruleFailures: readonly RuleFailure[];
  isChecked(path: string): boolean;
  fileCount(): number;
  /** The findings of a flake in the chosen files and for the chosen hosts, as it stands now. */
  present(flake: CheckedFlake): Promise<readonly ShownFinding[]>;
  /** Those of them that the baseline does not accept. */
  shown(flake: CheckedFlake): Promise<readonly ShownFinding[]>;
  /** Either of the two for all flakes. */
  ofAll(collect: (flake: CheckedFlake) => Promise<readonly ShownFinding[]>): Promise<readonly ReportedFinding[]>;
}

/** Reads what the options name. Throws `CannotRun` when something cannot be read or a host does not exist. */
export async function openSession(
  options: CheckOptions,
  baseline: Baseline | undefined,
  terminal: Terminal,
): Promise<CheckSession> {
  const targets = await findTargets(options, terminal);
  const root = commonDirectory(targets.map((target) => target.root));
  const ruleFailures: RuleFailure[] = [];
  const flakes = await openFlakes(targets, options, terminal, (failure) => {
    ruleFailures.push(failure);
    terminal.warn(`the rule ${failure.rule} failed on ${failure.path}: ${failure.error}; the other rules went on`);
  });
  requireHosts(flakes, options.hosts);
  const reachesHost = ({ reported }: ShownFinding): boolean =>
    options.hosts.length === 0 || reported.hosts.some((host) => options.hosts.includes(host));
  const isAccepted = baseline ? acceptedBy(baseline) : () => false;

  const present = async (flake: CheckedFlake): Promise<readonly ShownFinding[]> =>
    (await selectedFindings(flake, root)).filter(reachesHost);
  return {
    flakes,
    root,
    ruleFailures,
    isChecked: (path) => targets.some((target) => isSelected(target, path)),
    fileCount: () => flakes.reduce((sum, flake) => sum + selectedFiles(flake).length, 0),
    present,
    shown: async (flake) => (await present(flake)).filter(({ reported }) => !isAccepted(reported)),
    ofAll: async (collect) => {
      const findings: ReportedFinding[] = [];
      for (const flake of flakes) findings.push(...(await collect(flake)).map(({ reported }) => reported));
      return findings;
    },
  };
}

async function findTargets({ paths, stdinFilename }: CheckOptions, terminal: Terminal): Promise<Target[]> {
  if (!paths.includes("-")) return resolveTargets(paths, terminal.directory);
  const bytes = await terminal.readInput();
  if (!isUtf8(bytes) || bytes.includes(0)) throw new CannotRun("cannot check standard input: it is not UTF-8 text");
  return [await bufferTarget(resolve(terminal.directory, stdinFilename ?? "stdin.nix"), bytes.toString("utf8"))];
}

async function openFlakes(
  targets: readonly Target[],
  options: CheckOptions,
  { bundleDirectory, progress, warn }: Terminal,
  onRuleFailure: (failure: RuleFailure) => void,
): Promise<CheckedFlake[]> {
  const parser = await createNixParser({
    runtime: join(bundleDirectory, "web-tree-sitter.wasm"),
    grammar: join(bundleDirectory, "tree-sitter-nix.wasm"),
  });
  const { persistenceOptions, headlessHosts } = options;
  const flakes: CheckedFlake[] = [];
  for (const target of targets) {
    const flake = await openFlake(target, {
      parser,
      settings: { rules: options.rules, persistenceOptions, headlessHosts },
      onRuleFailure,
      onProgress: (done, total) => progress(`reading ${target.root}: ${done} of ${total} files`),
      onSkipped: (path, reason) => warn(`${path} is not checked: ${reason}`),
    });
    flakes.push(flake);
  }
  progress("");
  return flakes;
}
