import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { createFlakeProject } from "../../core/src/project/createFlakeProject.ts";
import type { FlakeProject } from "../../core/src/project/flakeProject.ts";
import type { Finding, Fix, Severity } from "../../core/src/rules/finding.ts";
import { defaultRuleSettings, type RuleSettings } from "../../core/src/rules/ruleSettings.ts";
import { createLineIndex } from "../../core/src/syntax/lineIndex.ts";
import { createNixParser, type NixParser } from "../../core/src/syntax/nixParser.ts";

/**
 * Several files in one string. A line `--@ path` starts a file; text before the first one is `module.nix`. Below a line of Nix,
 * a comment `# ^^^^ rule-id` (or `# ^^^^ rule-id severity`) says that the rule reports the columns above the carets.
 */
export type MarkedSources = string;

export interface CheckedSources {
  readonly project: FlakeProject;
  readonly findings: readonly Finding[];
  /** Text of each file by its path inside the project. */
  readonly files: Readonly<Record<string, string>>;
  readonly root: string;
}

let sharedParser: Promise<NixParser> | undefined;

/** The parser that all tests of a process share. */
export function testParser(): Promise<NixParser> {
  const inRepository = (path: string): string => join(import.meta.dirname, "../..", path);
  sharedParser ??= createNixParser({
    runtime: inRepository("node_modules/web-tree-sitter/web-tree-sitter.wasm"),
    grammar: inRepository("out/tree-sitter-nix.wasm"),
  });
  return sharedParser;
}

/** Asserts that the rule under test reports exactly what the markers say. */
export async function expectFindings(
  rule: string,
  sources: MarkedSources,
  settings: Partial<RuleSettings> = {},
): Promise<CheckedSources> {
  const checked = await checkSources(sources, settings);
  const expected = Object.entries(checked.files)
    .flatMap(([path, text]) => readMarkers(path, text))
    .filter((marker) => marker.startsWith(`${rule} `));
  const withSeverity = new Set(
    expected
      .filter((marker) => / (?:error|warning|info|hint)$/.test(marker))
      .map((marker) => marker.replace(/ \w+$/, "")),
  );
  const actual = checked.findings
    .filter((finding) => finding.rule === rule)
    .map((finding) => {
      const lines = createLineIndex(checked.files[relative(checked.root, finding.file)] ?? "");
      const [start, end] = [lines.position(finding.start), lines.position(finding.end)];
      const endColumn = end.line === start.line ? end.character : "eol";
      const marker = `${rule} ${relative(checked.root, finding.file)}:${start.line + 1}:${start.character}-${endColumn}`;
      return withSeverity.has(marker) ? `${marker} ${finding.severity}` : marker;
    });
  assert.deepEqual(actual.sort(), expected.sort());
  return checked;
}

/** Applies the fix with a title (or the first one) of the first finding of a rule and returns the files as they are then. */
export async function applyFix(
  rule: string,
  sources: MarkedSources,
  title?: string,
  settings: Partial<RuleSettings> = {},
): Promise<Record<string, string>> {
  const checked = await checkSources(sources, settings);
  const finding = checked.findings.find((candidate) => candidate.rule === rule);
  assert.ok(finding, `${rule} reports nothing`);
  const fix = title === undefined ? finding.fixes[0] : finding.fixes.find((candidate) => candidate.title === title);
  assert.ok(fix, `no fix ${title ?? ""} among ${JSON.stringify(finding.fixes.map((candidate) => candidate.title))}`);
  return applyEdits(checked, fix);
}

/** Checks the files that a fix left and returns the findings of a rule; fixed sources should give none. */
export async function findingsOf(
  rule: string,
  files: Readonly<Record<string, string>>,
  settings: Partial<RuleSettings> = {},
): Promise<readonly Finding[]> {
  const sources = Object.entries(files)
    .map(([path, text]) => `--@ ${path}\n${text}`)
    .join("\n");
  const { findings } = await checkSources(sources, settings);
  return findings.filter((finding) => finding.rule === rule);
}

export async function checkSources(
  sources: MarkedSources,
  settings: Partial<RuleSettings> = {},
): Promise<CheckedSources> {
  const files = splitFiles(sources);
  const root = mkdtempSync(join(tmpdir(), "nixos-vps-sources-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const project = createFlakeProject({
      root,
      parser: await testParser(),
      settings: { ...defaultRuleSettings, ...settings },
      onRuleError: ({ rule, file, error }) => {
        throw new Error(`${rule} failed on ${file}`, { cause: error });
      },
    });
    await project.load();
    return { project, findings: project.findings(), files, root };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function applyEdits({ files, root }: CheckedSources, fix: Fix): Record<string, string> {
  const result = { ...files };
  for (const edit of fix.edits.toSorted((a, b) => b.start - a.start || b.end - a.end)) {
    const path = relative(root, edit.file);
    const text = result[path] ?? "";
    result[path] = text.slice(0, edit.start) + edit.newText + text.slice(edit.end);
  }
  return result;
}

function splitFiles(sources: MarkedSources): Record<string, string> {
  const files: Record<string, string> = {};
  let path = "module.nix";
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.some((line) => line.trim() !== "") || path !== "module.nix")
      files[path] = `${lines.join("\n").trimEnd()}\n`;
    lines = [];
  };
  for (const line of sources.replace(/^\n/, "").split("\n")) {
    const header = /^\s*--@ (\S+)\s*$/.exec(line);
    if (header?.[1]) {
      flush();
      path = header[1];
    } else lines.push(line);
  }
  flush();
  return files;
}

const markerPattern = /^\s*#\s*(\^+)\s+([a-z0-9-]+)(?:\s+(error|warning|info|hint))?\s*$/;

function readMarkers(path: string, text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const marker = markerPattern.exec(line);
    const [, carets = "", rule = "", severity] = marker ?? [];
    if (!marker) return [];
    let above = index - 1;
    while (above >= 0 && markerPattern.test(lines[above] ?? "")) above--;
    const start = line.indexOf("^");
    return [
      `${rule} ${path}:${above + 1}:${start}-${start + carets.length}${severity ? ` ${severity satisfies string as Severity}` : ""}`,
    ];
  });
}
