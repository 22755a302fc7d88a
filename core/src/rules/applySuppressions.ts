import type { Sources } from "../flake/sources.ts";
import { createLineIndex, type LineIndex } from "../syntax/lineIndex.ts";
import type { Finding } from "./finding.ts";
import { groupByFile } from "./groupByFile.ts";
import type { RuleSettings } from "./ruleSettings.ts";
import { readSuppressions, type Suppression } from "./suppressions.ts";
import { ruleIds } from "./registry.ts";

export const unknownSuppression = "unknown-suppression";
export const unusedSuppression = "unused-suppression";

/**
 * Drops the findings that a `# nixos-vps: ignore` comment covers, and adds findings for comments that name no known rule or
 * cover nothing.
 */
export function applySuppressions(findings: readonly Finding[], sources: Sources, settings: RuleSettings): Finding[] {
  const byFile = groupByFile(findings);
  return sources.paths().flatMap((file) => {
    const own = byFile.get(file) ?? [];
    const parsed = sources.parsed(file);
    const suppressions = parsed ? readSuppressions(parsed.text, parsed.comments) : [];
    if (!parsed || suppressions.length === 0) return own;
    return suppressFile(own, suppressions, file, createLineIndex(parsed.text), settings);
  });
}

function suppressFile(findings: readonly Finding[], suppressions: readonly Suppression[], file: string, lines: LineIndex, settings: RuleSettings): Finding[] {
  const used = new Set<object>();
  const kept = findings.filter((finding) => {
    const { line } = lines.position(finding.start);
    let covered = false;
    for (const suppression of suppressions) {
      if (suppression.scope === "line" && !suppression.lines.includes(line)) continue;
      for (const rule of suppression.rules) {
        if (rule.id !== finding.rule) continue;
        used.add(rule);
        covered = true;
      }
    }
    return !covered;
  });
  const about = suppressions.flatMap((suppression) => {
    if (suppression.rules.length === 0) {
      return [note(unknownSuppression, file, suppression, "This comment names no rule, so it silences nothing: write `# nixos-vps: ignore <rule-id>`.", settings)];
    }
    return suppression.rules.flatMap((rule) => {
      if (!ruleIds.has(rule.id)) return [note(unknownSuppression, file, rule, `There is no rule "${rule.id}", so this comment silences nothing.`, settings)];
      if (used.has(rule) || settings.rules[rule.id] === "off") return [];
      const where = suppression.scope === "file" ? "in this file" : "on the line it covers";
      return [note(unusedSuppression, file, rule, `Nothing to silence: "${rule.id}" reports nothing ${where}. Remove the comment.`, settings)];
    });
  });
  return [...kept, ...about.flat()];
}

function note(rule: string, file: string, range: { start: number; end: number }, message: string, settings: RuleSettings): Finding[] {
  const wanted = settings.rules[rule];
  if (wanted === "off") return [];
  return [{ rule, severity: wanted ?? "warning", file, start: range.start, end: range.end, message, hosts: [], related: [], fixes: [] }];
}
