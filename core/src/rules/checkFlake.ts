import type { FlakeModel } from "../flake/flakeModel.ts";
import type { Module } from "../model/module.ts";
import type { Finding, Severity } from "./finding.ts";
import { rules } from "./registry.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";
import type { RuleSettings } from "./ruleSettings.ts";

export interface CheckOptions {
  readonly settings: RuleSettings;
  readonly onRuleError: (error: { rule: string; file: string; error: unknown }) => void;
}

const loudness: readonly Severity[] = ["hint", "info", "warning", "error"];

/**
 * Runs all rules over a flake, one on one module or configuration a step; a rule that throws is reported and the others go on.
 * Suppression comments are not looked at.
 */
export function* checkFlake(
  flake: FlakeModel,
  { settings, onRuleError }: CheckOptions,
): Generator<undefined, Finding[]> {
  const context: RuleContext = { flake, settings, text: (file) => flake.sources.text(file) ?? "" };
  const findings = new Map<string, Finding>();
  const modules = new Set<Module>(flake.configurations.flatMap((configuration) => configuration.modules));

  for (const rule of rules) {
    if (settings.rules[rule.id] === "off") continue;
    const collect = (file: string, hosts: () => readonly string[], run: () => Iterable<RuleFinding>): void => {
      try {
        for (const finding of run()) addFinding(findings, rule, finding, hosts(), settings);
      } catch (error) {
        onRuleError({ rule: rule.id, file, error });
      }
    };
    const { check, checkModule } = rule;
    if (checkModule) {
      for (const module of modules) {
        collect(
          module.file,
          () => flake.hostsOf(module),
          () => checkModule(module, context),
        );
        yield;
      }
    }
    if (!check) continue;
    for (const configuration of flake.configurations) {
      const hosts = configuration.host === undefined ? [] : [configuration.host];
      const file = configuration.modules[0]?.file ?? flake.root;
      collect(
        file,
        () => hosts,
        () => check(configuration, context),
      );
      yield;
    }
  }
  return [...findings.values()];
}

/** The same finding on several hosts is one; the loudest severity wins, and what is said of the others is related to it. */
function addFinding(
  findings: Map<string, Finding>,
  rule: Rule,
  found: RuleFinding,
  hosts: readonly string[],
  settings: RuleSettings,
): void {
  const { at, message, related = [], fixes = [] } = found;
  const wanted = settings.rules[rule.id];
  const severity = wanted === undefined || wanted === "off" ? (found.severity ?? rule.severity) : wanted;
  const key = `${rule.id}\0${at.file}\0${at.start}\0${at.end}`;
  const finding: Finding = { rule: rule.id, severity, ...at, message, hosts: [...hosts].sort(), related, fixes };
  const before = findings.get(key);
  findings.set(key, before ? mergeFindings(before, finding) : finding);
}

function mergeFindings(before: Finding, next: Finding): Finding {
  const isLouder = loudness.indexOf(next.severity) > loudness.indexOf(before.severity);
  const [louder, other] = isLouder ? [next, before] : [before, next];
  const hosts = [...new Set([...before.hosts, ...next.hosts])].sort();
  const isSaid = [louder, ...louder.related].some(({ message }) => isSameBut(message, other.message, hosts));
  if (isSaid) return { ...louder, hosts };
  const { file, start, end, message } = other;
  return {
    ...louder,
    hosts,
    related: [...louder.related, { file, start, end, message: `${other.hosts.join(", ")}: ${message}` }],
  };
}

/** Whether two messages differ in nothing but the names of hosts. */
function isSameBut(a: string, b: string, hosts: readonly string[]): boolean {
  const without = (text: string): string => hosts.reduce((rest, host) => rest.replaceAll(host, ""), text);
  return a === b || without(a) === without(b);
}
