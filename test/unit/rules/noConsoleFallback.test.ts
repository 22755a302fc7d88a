import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";

const rule = "no-console-fallback";

const flake = (host: string): string => `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.${host} = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ]; };
  };
}
`;

test("profiles/headless.nix, however it is imported", async () => {
  await expectFindings(
    rule,
    `
--@ path.nix
{ modulesPath, ... }: {
  imports = [
    (modulesPath + "/profiles/headless.nix")
  # ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no-console-fallback info
  ];
}
--@ string.nix
{ modulesPath, ... }: {
  imports = [ "\${modulesPath}/profiles/headless.nix" ];
  #           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no-console-fallback
}
--@ guarded.nix
{ lib, headless, modulesPath, ... }: {
  imports = lib.optional headless <nixpkgs/nixos/modules/profiles/headless.nix>;
  #                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no-console-fallback
}
`,
  );
});

test("a prompt that is switched off on a machine without a screen", async () => {
  await expectFindings(
    rule,
    `${flake("vps")}
--@ host.nix
{ lib, ... }: {
  systemd.services."getty@tty1".enable = lib.mkForce false;
  #                                                  ^^^^^ no-console-fallback info
  console.enable = false;
  #                ^^^^^ no-console-fallback
}
`,
  );
});

test("another prompt is a way in", async () => {
  await expectFindings(
    rule,
    `${flake("vps")}
--@ host.nix
{ lib, modulesPath, ... }: {
  imports = [ (modulesPath + "/profiles/headless.nix") ];
  systemd.services."getty@tty1".enable = false;
  systemd.services."serial-getty@ttyS0".enable = lib.mkForce true;
}
`,
  );
});

test("a desktop without a prompt on tty1, a file of that name, and other prompts are fine", async () => {
  await expectFindings(
    rule,
    `${flake("desk")}
--@ host.nix
{
  imports = [ ./profiles/headless.nix ];
  services.displayManager.gdm.enable = true;
  systemd.services."getty@tty1".enable = false;
  systemd.services."autovt@tty1".enable = false;
}
--@ profiles/headless.nix
{ documentation.enable = false; }
`,
  );
});

test("a comment silences it", async () => {
  const { findings } = await checkSources(`
{ modulesPath, ... }: {
  # nixos-vps: ignore no-console-fallback: EC2 has no console
  imports = [ (modulesPath + "/profiles/headless.nix") ];
}
`);
  assert.deepEqual(findings, []);
});

test("the fix removes the import, or keeps the prompt", async () => {
  const fixed = await applyFix(
    rule,
    `
{ modulesPath, ... }:
{
  imports = [ ./a.nix (modulesPath + "/profiles/headless.nix") ]; # all of them
}
--@ a.nix
{ }
`,
  );
  assert.equal(
    fixed["module.nix"],
    `{ modulesPath, ... }:
{
  imports = [ ./a.nix ]; # all of them
}
`,
  );
  assert.deepEqual(await findingsOf(rule, fixed), []);

  const kept = await applyFix(rule, `${flake("vps")}\n--@ host.nix\n{ console.enable = false; }`);
  assert.equal(kept["host.nix"], "{ console.enable = true; }\n");
  assert.deepEqual(await findingsOf(rule, kept), []);
});
