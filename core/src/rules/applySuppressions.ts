import type { FlakeModel } from "../flake/flakeModel.ts";
import type { Range } from "../syntax/expression.ts";
import { createLineIndex } from "../syntax/lineIndex.ts";
import type { ParsedText } from "../syntax/nixParser.ts";
import type { Finding, Fix } from "./finding.ts";
import { groupByFile } from "./groupByFile.ts";
import { ruleIds } from "./registry.ts";
import type { Rule } from "./rule.ts";
import type { RuleSettings } from "./ruleSettings.ts";
import { readSuppressions, type Suppression } from "./suppressions.ts";
import { unknownSuppression } from "./unknownSuppression.ts";
import { unusedSuppression } from "./unusedSuppression.ts";

/**
 * Drops the findings that a `# nixos-vps: ignore` comment covers, and adds findings for comments that name no known rule or
 * cover nothing.
 */
export function applySuppressions(findings: readonly Finding[], flake: FlakeModel, settings: RuleSettings): Finding[] {
  const byFile = groupByFile(findings);
  return flake.sources.paths().flatMap((file) => {
    const own = byFile.get(file) ?? [];
    const parsed = flake.sources.parsed(file);
    const suppressions = parsed ? suppressionsIn(parsed) : [];
    if (!parsed || suppressions.length === 0) return own;
    const { kept, notes } = suppressFile(own, suppressions, file, parsed.text, settings);
    const hosts = flake.hostsOfFile(file);
    return [...kept, ...notes.map((finding) => ({ ...finding, hosts }))];
  });
}

/** Comments are read once for each text of a file. */
const suppressionsByText = new WeakMap<ParsedText, readonly Suppression[]>();

function suppressionsIn(parsed: ParsedText): readonly Suppression[] {
  const known = suppressionsByText.get(parsed) ?? readSuppressions(parsed.text, parsed.comments);
  suppressionsByText.set(parsed, known);
  return known;
}

function suppressFile(
  findings: readonly Finding[],
  suppressions: readonly Suppression[],
  file: string,
  text: string,
  settings: RuleSettings,
): { readonly kept: readonly Finding[]; readonly notes: readonly Finding[] } {
  const lines = createLineIndex(text);
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
  const notes = suppressions.flatMap((suppression): Finding[] => {
    if (suppression.rules.length === 0) {
      return note(
        unknownSuppression,
        file,
        suppression,
        "This comment names no rule, so it silences nothing: write `# nixos-vps: ignore <rule-id>`.",
        settings,
      );
    }
    return suppression.rules.flatMap((rule) => {
      if (!ruleIds.has(rule.id))
        return note(
          unknownSuppression,
          file,
          rule,
          `There is no rule "${rule.id}", so this comment silences nothing.`,
          settings,
        );
      if (used.has(rule) || settings.rules[rule.id] === "off") return [];
      const where = suppression.scope === "file" ? "in this file" : "on the line it covers";
      const message = `"${rule.id}" reports nothing ${where}: this comment is no longer needed.`;
      return note(unusedSuppression, file, rule, message, settings, [removeRule(text, file, suppression, rule)]);
    });
  });
  return { kept, notes };
}

function note(
  rule: Rule,
  file: string,
  range: Range,
  message: string,
  settings: RuleSettings,
  fixes: readonly Fix[] = [],
): Finding[] {
  const wanted = settings.rules[rule.id] ?? rule.severity;
  if (wanted === "off") return [];
  return [
    {
      rule: rule.id,
      severity: wanted,
      file,
      start: range.start,
      end: range.end,
      message,
      hosts: [],
      related: [],
      fixes,
    },
  ];
}

/** Takes one rule out of a comment, or the whole comment when it names no other. */
function removeRule(text: string, file: string, suppression: Suppression, rule: Range): Fix {
  const title = "Remove what silences nothing";
  const [first, ...others] = suppression.rules;
  if (others.length > 0) {
    const start = rule.start === first?.start ? rule.start : text.lastIndexOf(",", rule.start);
    const end = rule.start === first?.start ? (others[0]?.start ?? rule.end) : rule.end;
    return { title, safe: true, edits: [{ file, start, end, newText: "" }] };
  }
  const lineStart = text.lastIndexOf("\n", suppression.start - 1) + 1;
  const standsAlone = text.slice(lineStart, suppression.start).trim() === "";
  const start = standsAlone ? lineStart : text.slice(0, suppression.start).trimEnd().length;
  const lineBreak = standsAlone
    ? (/^\r?\n/.exec(text.slice(suppression.end, suppression.end + 2))?.[0].length ?? 0)
    : 0;
  const end = suppression.end + lineBreak;
  return { title, safe: true, edits: [{ file, start, end, newText: "" }] };
}
