import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { findNixFiles } from "../../../core/src/flake/findNixFiles.ts";
import { createFlakeProject } from "../../../core/src/project/createFlakeProject.ts";
import type { FlakeProject } from "../../../core/src/project/flakeProject.ts";
import type { RuleSettings } from "../../../core/src/rules/ruleSettings.ts";
import type { NixParser } from "../../../core/src/syntax/nixParser.ts";
import { systemError } from "../../../core/src/systemError.ts";
import { CannotRun } from "../cannotRun.ts";
import type { CheckedFlake } from "./checkedFlake.ts";
import type { RuleFailure } from "./report.ts";
import { isSelected, type Target } from "./resolveTargets.ts";

export interface OpenFlakeOptions {
  readonly parser: NixParser;
  readonly settings: RuleSettings;
  readonly onRuleFailure: (failure: RuleFailure) => void;
  readonly onProgress: (done: number, total: number) => void;
  /** Called for a selected file that is left out, with the reason. */
  readonly onSkipped: (path: string, reason: string) => void;
}

/** Reads a flake from disk. Throws `CannotRun` when a selected file cannot be read. */
export async function openFlake(target: Target, options: OpenFlakeOptions): Promise<CheckedFlake> {
  const { parser, settings, onRuleFailure, onProgress } = options;
  const project = createFlakeProject({
    root: target.root,
    parser,
    settings,
    onRuleError: ({ rule, file, error }) =>
      onRuleFailure({ rule, path: file, error: error instanceof Error ? error.message : String(error) }),
  });
  if (!target.alone) {
    await project.load({ onProgress });
    await reportSkipped(project, target, options);
  }
  const buffers = new Map(target.buffers);
  for (const path of target.files) if (project.text(path) === undefined) buffers.set(path, await readNamedFile(path));
  for (const [path, text] of buffers) project.openBuffer(path, text);
  return { project, target };
}

/** A module that cannot be read would look like one that says nothing. */
async function reportSkipped(project: FlakeProject, target: Target, { onSkipped }: OpenFlakeOptions): Promise<void> {
  const read = new Set(project.files());
  for (const path of await findNixFiles(target.root)) {
    if (read.has(path) || target.files.includes(path) || !isSelected(target, path)) continue;
    await access(path, constants.R_OK).catch((error: unknown) => {
      throw new CannotRun(`cannot check ${path}: ${systemError(error)}`);
    });
    onSkipped(path, "it is binary or too large to be a module");
  }
}

async function readNamedFile(path: string): Promise<string> {
  try {
    const text = await readFile(path, "utf8");
    if (!text.includes("\0")) return text;
  } catch (error) {
    throw new CannotRun(`cannot check ${path}: ${systemError(error)}`);
  }
  throw new CannotRun(`cannot check ${path}: it is binary`);
}
