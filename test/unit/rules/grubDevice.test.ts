import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";

const rule = "grub-device";

const disk = `
--@ disk.nix
{ lib, ... }: {
  disko.devices.disk.main = {
    device = lib.mkDefault "/dev/vda";
    content = {
      type = "gpt";
      partitions = {
        boot = { size = "1M"; type = "EF02"; };
        root = { size = "100%"; content = { type = "filesystem"; format = "ext4"; mountpoint = "/"; }; };
      };
    };
  };
}
`;

const flake = (modules: string): string => `
--@ flake.nix
{
  outputs = { nixpkgs, disko, ... }: {
    nixosConfigurations.vps = nixpkgs.lib.nixosSystem { modules = [ disko.nixosModules.disko ${modules} ]; };
  };
}
`;

const loader = (body: string): string => `${flake("./disk.nix ./loader.nix")}${disk}
--@ loader.nix
{ lib, ... }: {
  ${body}
}
`;

test("the disk of an EF02 partition is named once more", async () => {
  await expectFindings(
    rule,
    loader(`boot.loader.grub.device = "/dev/vda";
  #                         ^^^^^^^^^^ grub-device warning`),
  );
  await expectFindings(
    rule,
    loader(`boot.loader.grub = { enable = true; devices = [ "/dev/vda" ]; };
  #                                               ^^^^^^^^^^ grub-device`),
  );
});

const fine: readonly (readonly [title: string, body: string])[] = [
  ["only disko names it", "boot.loader.grub.enable = true;"],
  ["no device", 'boot.loader.grub.device = "nodev";'],
  ["another disk", 'boot.loader.grub.device = "/dev/sda";'],
  ["in the place of what disko says", 'boot.loader.grub.devices = lib.mkForce [ "/dev/vda" ];'],
  ["UEFI too, where it is not asserted", 'boot.loader.grub = { device = "/dev/vda"; efiSupport = true; };'],
  [
    "mirrored",
    'boot.loader.grub = { device = "/dev/vda"; mirroredBoots = [ { devices = [ "/dev/vdb" ]; path = "/boot2"; } ]; };',
  ],
  ["GRUB is off", 'boot.loader.grub = { enable = false; device = "/dev/vda"; };'],
];

for (const [title, body] of fine) test(`fine: ${title}`, async () => void (await expectFindings(rule, loader(body))));

test("no module names the disk", async () => {
  await expectFindings(
    rule,
    `${flake("./loader.nix")}
--@ loader.nix
{
  boot.loader.grub.enable = true;
  #                         ^^^^ grub-device error
  fileSystems."/".device = "/dev/disk/by-label/nixos";
}
`,
  );
});

test("a host of which not all modules are found may name it elsewhere", async () => {
  await expectFindings(
    rule,
    `${flake('./loader.nix (builtins.getEnv "EXTRA")')}
--@ loader.nix
{ boot.loader.grub.enable = true; }
`,
  );
});

test("a comment silences it", async () => {
  const { findings } = await checkSources(
    loader('boot.loader.grub.device = "/dev/vda"; # nixos-vps: ignore grub-device: disko is not used to install'),
  );
  assert.deepEqual(
    findings.filter((finding) => finding.file.endsWith("loader.nix")),
    [],
  );
});

test("the fix leaves the disk to disko", async () => {
  const fixed = await applyFix(
    rule,
    loader(`boot.loader.grub = {
    enable = true;
    device = "/dev/vda"; # as the provider says
    configurationLimit = 5;
  };`),
  );
  assert.equal(
    fixed["loader.nix"],
    `{ lib, ... }: {
  boot.loader.grub = {
    enable = true;
    configurationLimit = 5;
  };
}
`,
  );
  assert.deepEqual(await findingsOf(rule, fixed), []);
});
