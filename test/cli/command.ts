import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { root } from "../../scripts/root.mjs";

export const bundle = join(root, "out/cli.cjs");

export interface CommandOptions {
  readonly cwd: string;
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the built command; its environment holds nothing of this process but PATH. */
export function startCommand(args: readonly string[], options: CommandOptions): ChildProcessWithoutNullStreams {
  const { cwd, env, uid } = options;
  return spawn(process.execPath, [bundle, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
}

/** Runs the built command to its end. */
export async function runCommand(args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const child = startCommand(args, options);
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, stdout, stderr };
}

/** A finding of `--format json`. */
export interface JsonFinding {
  readonly rule: string;
  readonly severity: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly message: string;
  readonly hosts: readonly string[];
  readonly fixable: boolean;
}

export interface JsonReport {
  readonly version: number;
  readonly root: string;
  readonly files: number;
  readonly durationMs: number;
  readonly findings: readonly JsonFinding[];
}

/** Runs `check --format json` and reads its report; fails when there is none. */
export async function checkJson(
  args: readonly string[],
  options: CommandOptions,
): Promise<{ readonly report: JsonReport; readonly code: number | null }> {
  const { code, stdout, stderr } = await runCommand(["check", "--format", "json", ...args], options);
  assert.equal(stderr, "");
  return { report: JSON.parse(stdout), code };
}

/** Rule and place of each finding, for comparing: `persist-dir-shadows-etc persistence.nix:3`. */
export function places({ findings }: JsonReport): string[] {
  return findings.map(({ rule, file, line }) => `${rule} ${file}:${line}`);
}

/** A directory below the system's temporary one that lives as long as the test; keys are paths in it. */
export function writeFiles(test: TestContext, files: Readonly<Record<string, string | Buffer>>): string {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), "nixos-vps-cli-"));
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

export function readText(directory: string, path: string): string {
  return readFileSync(join(directory, path), "utf8");
}
