import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";

const rule = "bios-boot-partition-missing";

/** A host whose modules are a disk and a boot loader. */
const flake = (loader: string, disk: string): string => `
--@ flake.nix
{
  outputs = { nixpkgs, disko, ... }: {
    nixosConfigurations.vps = nixpkgs.lib.nixosSystem {
      modules = [ disko.nixosModules.disko ./loader.nix ./disk.nix ];
    };
  };
}
--@ loader.nix
{ lib, ... }: { ${loader} }
--@ disk.nix
${disk}
`;

const root = `root = { size = "100%"; content = { type = "filesystem"; format = "ext4"; mountpoint = "/"; }; };`;

test("GRUB from the BIOS on a GPT disk without a place for it", async () => {
  await expectFindings(
    rule,
    flake(
      'boot.loader.grub.device = "/dev/vda";',
      `{
  disko.devices.disk.main = {
    type = "disk";
    device = "/dev/vda";
    content = {
      type = "gpt";
      #      ^^^^^ bios-boot-partition-missing error
      partitions = {
        ESP = { size = "500M"; type = "EF00"; content = { type = "filesystem"; format = "vfat"; mountpoint = "/boot"; }; };
        ${root}
      };
    };
  };
}`,
    ),
  );
});

test("GRUB is on unless something else is", async () => {
  await expectFindings(
    rule,
    flake(
      "",
      `{
  disko.devices.disk = {
    main = {
      content.type = "gpt";
      #              ^^^^^ bios-boot-partition-missing
      content.partitions.root = { size = "100%"; content = { type = "btrfs"; subvolumes."/root".mountpoint = "/"; }; };
    };
  };
}`,
    ),
  );
});

test("systemd-boot without an EFI system partition", async () => {
  await expectFindings(
    rule,
    flake(
      "boot.loader.systemd-boot.enable = lib.mkDefault true;",
      `{
  disko.devices.disk.main.content = {
    type = "gpt";
    #      ^^^^^ bios-boot-partition-missing error
    partitions = {
      ${root}
    };
  };
}`,
    ),
  );
});

test("a partition at /boot that is no EFI system partition", async () => {
  await expectFindings(
    rule,
    flake(
      "boot.loader.systemd-boot.enable = true;",
      `{
  disko.devices.disk.main.content = {
    type = "gpt";
    partitions = {
      boot = { size = "512M"; content = { type = "filesystem"; format = "vfat"; mountpoint = "/boot"; }; };
    # ^^^^ bios-boot-partition-missing error
      ${root}
    };
  };
}`,
    ),
  );
});

const gpt = (partitions: string): string =>
  `{ lib, disks, ... }: { disko.devices.disk.main = { device = "/dev/vda"; content = { type = "gpt"; partitions = { ${partitions} ${root} }; }; }; }`;
const bios = 'boot = { size = "1M"; type = "EF02"; };';
const esp =
  'ESP = { size = "1G"; type = "EF00"; content = { type = "filesystem"; format = "vfat"; mountpoint = "/boot"; }; };';
const guid = 'boot = { size = "1M"; type = "21686148-6449-6e6f-744e-656564454649"; };';

const fine: readonly (readonly [title: string, loader: string, disk: string])[] = [
  ["BIOS with EF02", "boot.loader.grub.enable = true;", gpt(bios)],
  ["EF02 as a GUID", "boot.loader.grub.enable = true;", gpt(guid)],
  ["both", "boot.loader.systemd-boot.enable = true;", gpt(bios + esp)],
  ["UEFI with an ESP", "boot.loader.systemd-boot.enable = true;", gpt(esp)],
  ["GRUB on UEFI", 'boot.loader.grub = { efiSupport = true; device = "/dev/vda"; };', gpt(esp)],
  ["GRUB as removable", "boot.loader.grub.efiInstallAsRemovable = true;", gpt(esp)],
  ["GRUB on no device", 'boot.loader.grub.device = "nodev";', gpt("")],
  [
    "another boot loader",
    "boot.loader.generic-extlinux-compatible.enable = true; boot.loader.grub.enable = false;",
    gpt(""),
  ],
  ["a container", "boot.isContainer = true;", gpt("")],
  [
    "an ESP that fileSystems mounts",
    'boot.loader.systemd-boot.enable = true; fileSystems."/boot" = { device = "/dev/disk/by-label/ESP"; };',
    gpt(""),
  ],
  ["an MBR disk", "boot.loader.grub.enable = true;", gpt("").replace('"gpt"', '"table"')],
  [
    "partitions that are not known",
    "boot.loader.grub.enable = true;",
    gpt("").replace(/partitions = .*? \}; \}; \}; \}$/, "partitions = disks.default; }; }; }"),
  ],
  [
    "a partition type that is not known",
    "boot.loader.grub.enable = true;",
    gpt('boot = { size = "1M"; type = disks.bios; };'),
  ],
  [
    "a disk for data",
    'boot.loader.grub.enable = true; fileSystems."/".device = "/dev/sda1";',
    gpt("").replace('mountpoint = "/"', 'mountpoint = "/srv"'),
  ],
  ["GRUB on a disk beside disko", 'boot.loader.grub.device = "/dev/sda";', gpt("")],
  ["an Arm machine", 'boot.loader.grub.enable = true; nixpkgs.hostPlatform = "aarch64-linux";', gpt("")],
];

for (const [title, loader, disk] of fine) {
  test(`fine: ${title}`, async () => void (await expectFindings(rule, flake(loader, disk))));
}

test("a comment silences it", async () => {
  const sources = flake(
    "boot.loader.grub.enable = true;",
    `# nixos-vps: ignore-file bios-boot-partition-missing: made by hand\n${gpt("")}`,
  );
  const { findings } = await checkSources(sources);
  assert.deepEqual(
    findings.filter((finding) => finding.file.endsWith("disk.nix")),
    [],
  );
});

test("the fix adds the partition in front of the others", async () => {
  const disk = `{
  disko.devices.disk.main = {
    device = "/dev/vda";
    content = {
      type = "gpt";
      partitions = {
        # the rest
        root = { size = "100%"; content = { type = "filesystem"; format = "ext4"; mountpoint = "/"; }; };
      };
    };
  };
}
`;
  const grub = await applyFix(rule, flake("boot.loader.grub.enable = true;", disk));
  assert.equal(grub["disk.nix"], disk.replace("root = {", 'boot = { size = "1M"; type = "EF02"; };\n        root = {'));
  assert.deepEqual(await findingsOf(rule, grub), []);

  const systemdBoot = await applyFix(rule, flake("boot.loader.systemd-boot.enable = true;", disk));
  assert.equal(
    systemdBoot["disk.nix"],
    disk.replace(
      "root = {",
      `ESP = {
          size = "512M";
          type = "EF00";
          content = { type = "filesystem"; format = "vfat"; mountpoint = "/boot"; };
        };
        root = {`,
    ),
  );
  assert.deepEqual(await findingsOf(rule, systemdBoot), []);
});

test("the fix makes the partition at /boot the EFI system partition", async () => {
  const fixed = await applyFix(
    rule,
    flake("boot.loader.systemd-boot.enable = true;", gpt(esp.replace(' type = "EF00";', ""))),
  );
  assert.match(fixed["disk.nix"] ?? "", /ESP = \{ type = "EF00";\s+size = "1G";/);
  assert.deepEqual(await findingsOf(rule, fixed), []);
});
