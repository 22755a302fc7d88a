import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { createFlakeProject } from "../../../core/src/project/createFlakeProject.ts";
import type { FlakeProject } from "../../../core/src/project/flakeProject.ts";
import { defaultRuleSettings } from "../../../core/src/rules/ruleSettings.ts";
import { testParser } from "../markedSources.ts";

const root = mkdtempSync(join(tmpdir(), "nixos-vps-incremental-"));
after(() => rmSync(root, { recursive: true, force: true }));

const files: Readonly<Record<string, string>> = {
  "flake.nix": `{ outputs = { nixpkgs, ... }: { nixosConfigurations.vps = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ./ssh.nix ]; }; }; }\n`,
  "host.nix": `{ modulesPath, lib, ... }:
{
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") (modulesPath + "/installer/scan/not-detected.nix") ];
  environment.persistence."/persist".directories = [
    "/etc/ssh" # keys
    "/var/lib/tailscale"
  ];
  # nixos-vps: ignore bootstrap-password-left-on: only for the first login
  users.users.root.initialPassword = "nixos";
}
`,
  "ssh.nix": `{ config, lib, ... }:
{
  services.openssh = { enable = true; startWhenNeeded = lib.mkIf config.boot.x.enable true; settings.PermitRootLogin = "yes"; };
  environment.etc."infra/a".text = "x";
}
`,
};
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const edit = fc.record({
  file: fc.constantFrom("host.nix", "ssh.nix", "flake.nix"),
  at: fc.nat({ max: 420 }),
  remove: fc.nat({ max: 16 }),
  insert: fc.constantFrom(
    "",
    " ",
    "\n",
    '"',
    "{",
    "}",
    "]",
    ";",
    "x",
    "# nixos-vps: ignore persist-dir-shadows-etc\n",
    ' "/etc/nix" ',
    " ./ssh.nix ",
    "lib.mkForce ",
    "true",
    '"/etc/infra"',
  ),
});

test("any sequence of edits in open buffers gives the findings of the same texts read anew", async () => {
  const edited = await load();
  assert.ok(edited.findings().length >= 4, "the texts to start from have findings");
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 6 }), async (edits) => {
      const texts = { ...files };
      for (const [path, text] of Object.entries(texts)) edited.openBuffer(join(root, path), text);
      for (const { file, at, remove, insert } of edits) {
        const before = texts[file] ?? "";
        const start = Math.min(at, before.length);
        const text = before.slice(0, start) + insert + before.slice(start + remove);
        texts[file] = text;
        edited.openBuffer(join(root, file), text);
        edited.findings();
      }
      const fresh = await load(texts);
      assert.deepEqual(edited.findings(), fresh.findings());
      fresh.dispose();
    }),
    { numRuns: 120 },
  );
});

async function load(texts: Readonly<Record<string, string>> = {}): Promise<FlakeProject> {
  const project = createFlakeProject({
    root,
    parser: await testParser(),
    settings: defaultRuleSettings,
    onRuleError: ({ rule, error }) => {
      throw new Error(`${rule} failed`, { cause: error });
    },
  });
  await project.load();
  for (const [path, text] of Object.entries(texts)) project.openBuffer(join(root, path), text);
  return project;
}
