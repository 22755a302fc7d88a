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
    const collect = (file: string, hosts: readonly string[], run: () => Iterable<RuleFinding>): void => {
      try {
        for (const finding of run()) addFinding(findings, rule, finding, hosts, settings);
      } catch (error) {
        onRuleError({ rule: rule.id, file, error });
      }
    };
    const { check, checkModule } = rule;
    if (checkModule) {
      for (const module of modules) {
        collect(module.file, flake.hostsOf(module), () => checkModule(module, context));
        yield;
      }
    }
    if (!check) continue;
    for (const configuration of flake.configurations) {
      const hosts = configuration.host === undefined ? [] : [configuration.host];
      collect(configuration.modules[0]?.file ?? flake.root, hosts, () => check(configuration, context));
      yield;
    }
  }
  return [...findings.values()];
}

/** The same finding on several hosts is one; the loudest severity wins. */
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
  const before = findings.get(key);
  if (!before) {
    findings.set(key, {
      rule: rule.id,
      severity,
      file: at.file,
      start: at.start,
      end: at.end,
      message,
      hosts: [...hosts].sort(),
      related,
      fixes,
    });
    return;
  }
  const merged = [...new Set([...before.hosts, ...hosts])].sort();
  const louder = loudness.indexOf(severity) > loudness.indexOf(before.severity);
  findings.set(
    key,
    louder ? { ...before, severity, message, related, fixes, hosts: merged } : { ...before, hosts: merged },
  );
}
