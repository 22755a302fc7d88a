import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type CommandResult, runCommand } from "../cli/command.ts";
import { bareCommand, type ClosureCommand, tinyFlake } from "./closureCommand.ts";

let command: ClosureCommand;
/** A system that is built and refers to one path. */
let root: string;
let part: string;

before(async () => {
  command = bareCommand();
  const made = (name: string, content: string): string => `derivation {
    name = "${name}"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo ${content} > $out" ];
  }`;
  const system = made("nixos-system-chain", `\${${made("part", "x")}}`);
  const host = `${tinyFlake(command.store, "chain", system)}#chain`;
  const built = await command.report(host, "--build");
  root = built.root;
  part = built.paths.find(({ path }) => path !== root)?.path ?? "";
});
after(() => command.store.remove());

test("a store path needs no flake, and what stands behind its name is left out", async () => {
  const { paths } = await command.report(root);
  assert.deepEqual(
    paths.map(({ path, addedBy }) => [path, addedBy]),
    [
      [root, []],
      [part, []],
    ],
  );
  assert.equal((await command.report(`${root}/bin/sh`)).root, root);
});

test("a binary cache has the sizes of what is in no store here", async () => {
  const cache = `file://${join(command.store.directory, "cache")}`;
  await command.store.nix("copy", "--to", cache, root);
  const here = await command.report(root);
  // To delete it, Nix would look for users of it in all processes of this computer.
  const env = { ...command.env, NIX_STATE_DIR: join(command.store.directory, "nothingIsKnownHere") };
  const ask = (...args: readonly string[]): Promise<CommandResult> =>
    runCommand(["closure", root, ...args], { cwd: command.store.directory, env });
  assert.deepEqual(JSON.parse((await ask("--store", cache, "--format", "json")).stdout), here);
  const { code, stderr } = await ask();
  assert.equal(code, 2);
  assert.equal(stderr, `nixos-vps: ${root} is not in the store.\n`);
});

test("a derivation is no system", async () => {
  const derivation = (await command.store.nix("path-info", "--derivation", root)).trim();
  const { code, stderr } = await command.closure(derivation);
  assert.equal(code, 2);
  assert.equal(stderr, `nixos-vps: ${derivation} is a derivation: give the path of what is built from it\n`);
});

test("a path that has vanished from a store is an error that names it", async () => {
  const hash = part.slice(part.lastIndexOf("/") + 1).slice(0, 32);
  rmSync(join(command.store.directory, "cache", `${hash}.narinfo`));
  // What Nix remembers of the cache.
  rmSync(join(command.store.directory, ".cache"), { recursive: true, force: true });
  const cache = `file://${join(command.store.directory, "cache")}`;
  const { code, stderr } = await command.closure(root, "--store", cache);
  assert.equal(code, 2);
  assert.equal(stderr, `nixos-vps: ${root} refers to ${part}, which is not in ${cache}.\n`);
});
