import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runCommand } from "./command.ts";

let directory: string;
before(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), "nixos-vps-closure-")));
  writeFileSync(join(directory, "flake.nix"), "{ outputs = _: { }; }");
  writeFileSync(join(directory, "facts.json"), '{ "disks": "unknown" }');
});
after(() => rmSync(directory, { recursive: true }));

const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [[], /closure needs FLAKE#HOST or a store path/],
  [["."], /"\." has no host: write \.#HOST, with a name under nixosConfigurations/],
  [["nothing"], /"nothing" is neither FLAKE#HOST nor a store path/],
  [["/etc/hostname"], /"\/etc\/hostname" is neither FLAKE#HOST nor a store path/],
  [[".#a", ".#b"], /closure weighs one system, not also "\.#b"/],
  [[".#a", "--format", "xml"], /unknown format "xml": use text, json, markdown/],
  [[".#a", "--budget", "much"], /--budget needs a size such as 3 GB or 500MB, not "much"/],
  [[".#a", "--disk", "-1"], /--disk needs a size such as 3 GB or 500MB, not "-1"/],
  [[".#a", "--disk", "1 GB", "--facts", "facts.json"], /--facts says what --disk and --ram say: give one of them/],
  [[".#a", "--facts", "none.json"], /cannot read the facts in none\.json: no such file or directory/],
  [[".#a", "--facts", "facts.json"], /facts\.json says neither how large the disks are nor how much memory there is/],
  [[".#a", "--witout", "x"], /unknown option --witout; did you mean "--without"\?/],
];
for (const [args, message] of wrong) {
  test(`nixos-vps closure ${args.join(" ")}: what is wrong is one line, and nothing is run`, async () => {
    const env = { NIXOS_VPS_NIX: "/nonexistent/nix", NIXOS_VPS_STATE_DIR: directory };
    const { code, stdout, stderr } = await runCommand(["closure", ...args], { cwd: directory, env });
    assert.match(stderr, message);
    assert.match(stderr, /^nixos-vps: [^\n]*\n$/);
    assert.deepEqual([code, stdout], [2, ""]);
  });
}
