import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseBuildOutput } from "../../../core/src/nix/buildSystem.ts";
import { hostAttribute, parseHostReference } from "../../../core/src/nix/flakeReference.ts";
import { NixFailed, nixVersion, runNix } from "../../../core/src/nix/runNix.ts";

test("nix build --json: paths of all results, as versions write them", () => {
  const old = [{ drvPath: "/nix/store/a.drv", outputs: { out: "/nix/store/a" } }];
  const newer = [{ drvPath: "/nix/store/a.drv", outputs: { out: { path: "/nix/store/a" } }, startTime: 0 }];
  for (const output of [old, newer]) assert.deepEqual(parseBuildOutput(JSON.stringify(output)), ["/nix/store/a"]);
  assert.throws(() => parseBuildOutput("{}"), NixFailed);
});

test("FLAKE#HOST: paths become absolute, references stay", (t) => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "nixos-vps-flake-")));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "flake.nix"), "{ }");
  const of = (text: string): unknown => {
    const found = parseHostReference(text, directory);
    return found && [found.flake, found.directory, found.host];
  };
  assert.deepEqual(of(".#web"), [directory, directory, "web"]);
  assert.deepEqual(of("#web"), [directory, directory, "web"]);
  assert.deepEqual(of("path:./sub#web"), [`path:${directory}/sub`, `${directory}/sub`, "web"]);
  assert.deepEqual(of('.#nixosConfigurations."a.b"'), [directory, directory, "a.b"]);
  assert.deepEqual(of("github:owner/repo#web"), ["github:owner/repo", undefined, "web"]);
  assert.equal(of("."), undefined);
  assert.equal(of(".#"), undefined);
  assert.deepEqual(of(".#nixosConfigurations.web.config.system.build.toplevel"), [directory, directory, "web"]);
  assert.deepEqual(of(".#a#b"), [directory, directory, "a#b"]);
  const odd = parseHostReference(".#a b${c}", directory);
  assert.ok(odd && hostAttribute(odd, "config").endsWith('#nixosConfigurations."a%20b%24%7Bc%7D".config'));
});

test("a missing Nix is one clear message", async (t) => {
  const { PATH } = process.env;
  process.env["PATH"] = "/nonexistent";
  t.after(() => {
    process.env["PATH"] = PATH;
  });
  for (const call of [() => nixVersion(), () => runNix(["eval"], { timeoutMs: 5000 })]) {
    await assert.rejects(
      call,
      (error: unknown) =>
        error instanceof NixFailed && error.reason === "missing" && /^Nix is not installed/.test(error.message),
    );
  }
});
