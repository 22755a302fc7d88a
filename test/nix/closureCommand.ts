import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandResult, runCommand } from "../cli/command.ts";
import { articleFlake, articleHost, registerHost } from "./articleFlake.ts";
import { nixProgram, type TemporaryStore, temporaryStore } from "./temporaryStore.ts";

/** What `nixos-vps closure --format json` prints, as far as it is looked at here. */
export interface Report {
  readonly version: number;
  readonly root: string;
  readonly totalBytes: number;
  readonly pathCount: number;
  readonly paths: readonly {
    readonly path: string;
    readonly ownBytes: number;
    readonly closureBytes: number;
    readonly retainedBytes: number;
    readonly addedBy: readonly { readonly file: string; readonly line: number }[];
  }[];
  readonly why?: readonly string[];
  readonly without?: { readonly totalBytes: number; readonly freedBytes: number };
  readonly difference?: { readonly from: string; readonly bytesBefore: number; readonly bytesAfter: number };
  readonly budget?: { readonly verdict: string };
}

/** The command in a store of its own. */
export interface ClosureCommand {
  readonly store: TemporaryStore;
  /** The variables it runs with. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs `nixos-vps closure` where the flake is. */
  closure(...args: readonly string[]): Promise<CommandResult>;
  /** What it prints as JSON; fails when nothing was measured. */
  report(...args: readonly string[]): Promise<Report>;
}

/** With the article's flake, whose host is known to the store. */
export async function articleCommand(): Promise<ClosureCommand & { readonly flake: string }> {
  const store = temporaryStore();
  const flake = await articleFlake(store);
  await registerHost(store, flake);
  return { ...commandIn(store, flake), flake };
}

/** With nothing; `tinyFlake` makes flakes for it. */
export function bareCommand(): ClosureCommand {
  const store = temporaryStore();
  return commandIn(store, store.directory);
}

/** The host of the article's flake, from its directory. */
export const subject = `.#${articleHost}`;

/** A flake with one host of that name, whose system is an expression; gives its directory. */
export function tinyFlake({ directory: parent }: TemporaryStore, host: string, toplevel: string): string {
  const directory = join(parent, host);
  mkdirSync(directory);
  writeFileSync(
    join(directory, "flake.nix"),
    `{ outputs = _: { nixosConfigurations.${host}.config.system.build.toplevel = ${toplevel}; }; }`,
  );
  return directory;
}

function commandIn(store: TemporaryStore, cwd: string): ClosureCommand {
  const env = { ...store.env, NIXOS_VPS_NIX: nixProgram };
  const closure = (...args: readonly string[]): Promise<CommandResult> =>
    runCommand(["closure", ...args], { cwd, env });
  return {
    store,
    env,
    closure,
    async report(...args) {
      const { stdout, stderr, code } = await closure("--format", "json", ...args);
      assert.notEqual(code, 2, stderr);
      return JSON.parse(stdout) as Report;
    },
  };
}
