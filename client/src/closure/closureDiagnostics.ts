import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CodeAction,
  CodeActionKind,
  type CodeActionProvider,
  Diagnostic,
  DiagnosticSeverity,
  type Disposable,
  languages,
  Range,
  Uri,
} from "vscode";
import { budgetFile, strayBudgets } from "../../../core/src/closure/budget.ts";
import { describeAge } from "../../../core/src/describeAge.ts";
import type { FlakeHost, FlakeHostsSource } from "../flakeHosts.ts";
import type { HostClosure } from "./hostClosure.ts";
import type { HostClosures } from "./hostClosures.ts";
import { placeOfProblem } from "./placeOfProblem.ts";

const source = "NixOS VPS";
const overBudget = "closure-over-budget";

/** Warnings at hosts whose last measurement is over budget, and what is wrong in budget files. */
export interface ClosureDiagnostics extends Disposable {
  /** Offers the explorer for such a warning. */
  readonly actions: CodeActionProvider;
}

interface HostDiagnostic extends Diagnostic {
  readonly host: { readonly flake: string; readonly name: string };
}

export function createClosureDiagnostics(
  hosts: FlakeHostsSource,
  closures: HostClosures,
  documentation: Uri,
  onError: (error: unknown) => void,
): ClosureDiagnostics {
  const collection = languages.createDiagnosticCollection("nixosVps.closure");
  const listening = [hosts.onDidChange(update), closures.onDidChange(update)];
  let turn = 0;

  function update(): void {
    void show().catch(onError);
  }

  async function show(): Promise<void> {
    turn += 1;
    const own = turn;
    const { flakes, hosts: known } = await hosts.read();
    if (own !== turn) return;
    const byFile = new Map<string, Diagnostic[]>();
    const add = (uri: Uri, diagnostic: Diagnostic): void => {
      byFile.set(uri.toString(), [...(byFile.get(uri.toString()) ?? []), diagnostic]);
    };
    for (const flake of flakes) {
      const { budgets, problem } = closures.budgets(flake);
      const file = Uri.file(join(flake, budgetFile));
      if (problem !== undefined) add(file, budgetProblem(flake, problem, DiagnosticSeverity.Error));
      const names = known.filter((host) => host.flake === flake).map(({ name }) => name);
      for (const stray of budgets ? strayBudgets(budgets, names) : [])
        add(file, budgetProblem(flake, stray, DiagnosticSeverity.Warning));
    }
    for (const host of known) {
      const closure = closures.of(host);
      if (closure?.budget?.verdict === "over") add(Uri.parse(host.uri), overBudgetAt(host, closure));
    }
    collection.clear();
    for (const [uri, diagnostics] of byFile) collection.set(Uri.parse(uri), diagnostics);
  }

  function overBudgetAt(host: FlakeHost, { entry, budget }: HostClosure): HostDiagnostic {
    const { start, end } = host.range;
    const range = new Range(start.line, start.character, end.line, end.character);
    const [first, ...others] = budget?.violations ?? [];
    const more = others.length === 0 ? "" : ` And ${others.length} more.`;
    const age = describeAge(Date.parse(entry.measuredAt), Date.now());
    const message = `${host.name} is over its budget in ${budgetFile}: ${first?.message}${more} Measured ${age}.`;
    const diagnostic = new Diagnostic(range, message, DiagnosticSeverity.Warning);
    diagnostic.source = source;
    diagnostic.code = { value: overBudget, target: documentation };
    return Object.assign(diagnostic, { host: { flake: host.flake, name: host.name } });
  }

  update();
  return {
    actions: {
      provideCodeActions: (_document, _range, { diagnostics }) => diagnostics.filter(isOverBudget).map(explorerAction),
    },
    dispose() {
      for (const each of [...listening, collection]) each.dispose();
    },
  };

  function explorerAction(diagnostic: Diagnostic): CodeAction {
    const own = [...collection].flatMap(([, all]) => all).find((each) => each.message === diagnostic.message);
    const host = own === undefined ? undefined : (own as HostDiagnostic).host;
    const title = `Show what is heavy in ${host?.name ?? "the closure"}`;
    const action = new CodeAction(title, CodeActionKind.QuickFix);
    action.diagnostics = [diagnostic];
    action.command = { title, command: "nixosVps.analyzeClosure", arguments: host ? [host] : [] };
    return action;
  }
}

function isOverBudget({ code }: Diagnostic): boolean {
  return typeof code === "object" && code.value === overBudget;
}

function budgetProblem(flake: string, problem: string, severity: DiagnosticSeverity): Diagnostic {
  const text = readText(join(flake, budgetFile));
  const { line, start, end } = placeOfProblem(problem, text);
  const diagnostic = new Diagnostic(new Range(line, start, line, end), problem, severity);
  diagnostic.source = source;
  return diagnostic;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
