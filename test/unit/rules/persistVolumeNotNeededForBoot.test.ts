import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf, type MarkedSources } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "persist-volume-not-needed-for-boot";

const onHost = (module: string, lock?: string): Promise<string[]> => reportedTexts(rule, hostOf(module, lock));

const store = `environment.persistence."/persist".directories = [ "/var/lib/nixos" ];`;
const volume = `fileSystems."/persist" = { device = "/dev/vdb"; fsType = "ext4"; };`;

/** A disk of disko with a file system mounted at a path. */
const disk = (content: string): string =>
  `disko.devices.disk.main = { type = "disk"; device = "/dev/vda"; content = { type = "gpt"; partitions.root = { size = "100%"; content = ${content}; }; }; };`;
const subvolumes = `{ type = "btrfs"; subvolumes = { "/root".mountpoint = "/"; "/persist" = { mountpoint = "/persist"; }; }; }`;

test("a late file system is underlined where it is described, disko's at the store", async () => {
  const { findings, files, root } = await expectFindings(
    rule,
    `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./persistence.nix ./hardware.nix ]; };
    nixosConfigurations.b = nixpkgs.lib.nixosSystem { modules = [ ./persistence.nix ./disko.nix ]; };
  };
}
--@ persistence.nix
{
  environment.persistence."/persist/system".directories = [ "/var/lib/nixos" ];
#                         ^^^^^^^^^^^^^^^^^ persist-volume-not-needed-for-boot error
}
--@ hardware.nix
{
  fileSystems."/persist" = {
#             ^^^^^^^^^^ persist-volume-not-needed-for-boot error
    device = "zroot/persist";
    fsType = "zfs";
  };
}
--@ disko.nix
{ ${disk(subvolumes)} }
`,
  );
  assert.ok(files && root);
  const messages = findings.filter((finding) => finding.rule === rule).map(({ message }) => message);
  assert.match(messages[0] ?? "", /^\/persist is mounted after activation, which finds \/persist\/system empty/);
  assert.match(messages[1] ?? "", /neededForBoot = true; disko does not\.$/);
  const [atDisko] = findings.filter((finding) => finding.hosts.includes("b")).flatMap(({ related }) => related);
  assert.match(atDisko?.file ?? "", /disko\.nix$/);
});

test("every description of a file system is known", async () => {
  for (const mounted of [
    volume,
    `fileSystems."/persist/" = { label = "persist"; };`,
    `fileSystems = { \${"/persist"} = { device = "z/p"; fsType = "zfs"; neededForBoot = false; }; };`,
    disk(subvolumes),
    `disko.devices.zpool.z = { type = "zpool"; datasets."local/persist" = { type = "zfs_fs"; options.mountpoint = "legacy"; mountpoint = "/persist"; }; };`,
    `disko.devices.lvm_vg.pool.lvs.persist.content = { type = "filesystem"; format = "ext4"; mountpoint = "/persist"; };`,
    `disko.devices.nodev."/persist" = { fsType = "tmpfs"; };`,
    disk(`{ type = "luks"; name = "c"; content = ${subvolumes}; }`),
  ])
    assert.equal((await onHost(`{ ${store} ${mounted} }`)).length, 1, mounted);
});

test("early file systems, and those of which nothing is said, are left alone", async () => {
  assert.deepEqual(await onHost(`{ ${store} }`), []);
  for (const mounted of [
    `${volume.replace("};", "neededForBoot = true; };")}`,
    `${disk(subvolumes)} fileSystems."/persist".neededForBoot = true;`,
    `${disk(subvolumes)} fileSystems.\${config.my.store}.neededForBoot = true;`,
    `${disk(subvolumes)} fileSystems = lib.mkMerge (map lib.my.early config.my.stores);`,
    `fileSystems."/" = { device = "/dev/vda1"; fsType = "ext4"; };`,
    `fileSystems."/persist".options = [ "noatime" ];`,
    `virtualisation.fileSystems."/persist" = { device = "p"; };`,
    `disko.devices.bcachefs_filesystems.main = { type = "bcachefs_filesystem"; mountpoint = "/persist"; };`,
    `disko.devices.zpool.z.datasets.p = { type = "zfs_fs"; mountpoint = null; options.mountpoint = "/persist"; };`,
  ])
    assert.deepEqual(await onHost(`{ lib, config, ... }: { ${store} ${mounted} }`), [], mounted);
  const nix = `{ environment.persistence."/nix/persist".directories = [ "/srv" ]; fileSystems."/nix" = { device = "z/nix"; fsType = "zfs"; }; }`;
  assert.deepEqual(await onHost(nix), []);
  const off = `{ lib, config, ... }: { options.my.on = lib.mkEnableOption "x"; config = { ${volume} environment.persistence = lib.mkIf config.my.on { "/persist".directories = [ "/srv" ]; }; }; }`;
  assert.deepEqual(await onHost(off), []);
});

test("preservation needs it for what it mounts in the initrd", async () => {
  const preserved = (entry: string): string =>
    `{ ${volume} preservation.preserveAt."/persist".directories = [ ${entry} ]; }`;
  assert.deepEqual(await onHost(preserved(`"/var/log"`)), []);
  assert.deepEqual(await onHost(preserved(`{ directory = "/var/lib/nixos"; inInitrd = true; }`)), [`error "/persist"`]);
});

test("what another machine says of its own file system does not count", async () => {
  const flake = (early: string): MarkedSources => `
--@ hosts/a/default.nix
{ imports = [ ./hardware.nix ]; ${store} }
--@ hosts/a/hardware.nix
{ ${volume} }
--@ hosts/b/default.nix
{ ${early} }
`;
  assert.deepEqual(await reportedTexts(rule, flake("")), [`error "/persist"`]);
  const another = volume.replace("};", "neededForBoot = true; };");
  assert.deepEqual(await reportedTexts(rule, flake(another)), [`error "/persist"`]);
  assert.deepEqual(await reportedTexts(rule, flake(`fileSystems."/persist".neededForBoot = true;`)), []);
});

test("on a host of which not all modules are known, what is not certain is left alone", async () => {
  const host = (module: string): Promise<string[]> =>
    reportedTexts(rule, `--@ hosts/a/default.nix\n{ config, lib, ... }: { ${volume} ${module} }`);
  assert.deepEqual(await host(store), [`error "/persist"`]);
  assert.deepEqual(
    await host(`${store} imports = [ { fileSystems."/persist".neededForBoot = config.my.early; } ];`),
    [],
  );
  assert.deepEqual(await host(`${store} fileSystems."/persist".neededForBoot = config.my.early;`), []);
  assert.deepEqual(await host(`environment = lib.mkIf config.my.on { ${store.replace("environment.", "")} };`), []);
});

const lock = (lastModified: number): string =>
  JSON.stringify({
    nodes: { impermanence: { locked: { owner: "nix-community", repo: "impermanence", lastModified } }, root: {} },
    root: "root",
    version: 7,
  });

test("a new impermanence wants the file systems above persisted paths early, too", async () => {
  const home = `{
  fileSystems."/home" = { device = "tmpfs"; fsType = "tmpfs"; };
  fileSystems."/srv" = { device = "/dev/vdc"; fsType = "ext4"; };
  environment.persistence."/nix/persist".users.me.directories = [ "Documents" ];
}`;
  assert.deepEqual(await onHost(home, lock(1_769_600_000)), [`error "/home"`]);
  assert.deepEqual(await onHost(home, lock(1_769_000_000)), []);
  assert.deepEqual(await onHost(home), []);
  const { findings } = await checkSources(hostOf(home, lock(1_769_600_000)));
  assert.match(
    findings.find((finding) => finding.rule === rule)?.message ?? "",
    /^The configuration does not evaluate: impermanence mounts \/home\/me\/Documents/,
  );
});

test("a comment silences", async () => {
  assert.deepEqual(await onHost(`{\n  ${store}\n  # nixos-vps: ignore ${rule}\n  ${volume}\n}`), []);
});

async function fixed(module: string): Promise<string | undefined> {
  const files = await applyFix(rule, hostOf(module));
  assert.deepEqual(await findingsOf(rule, files), []);
  return files["module.nix"];
}

test("the fix marks the file system in its entry", async () => {
  assert.equal(
    await fixed(`{
  ${store}
  fileSystems."/persist" = {
    device = "/dev/vdb"; # the second disk
    fsType = "ext4";
  };
}`),
    `{
  ${store}
  fileSystems."/persist" = {
    device = "/dev/vdb"; # the second disk
    neededForBoot = true;
    fsType = "ext4";
  };
}
`,
  );
  assert.equal(
    await fixed(`{ ${store} fileSystems."/persist".device = "/dev/vdb"; }`),
    `{ ${store} fileSystems."/persist".device = "/dev/vdb"; fileSystems."/persist".neededForBoot = true; }\n`,
  );
  assert.equal(
    await fixed(`{ ${store} ${volume.replace("};", "neededForBoot = false; };")} }`),
    `{ ${store} ${volume.replace("};", "neededForBoot = true; };")} }\n`,
  );
});

test("for disko the fix stands beside the store", async () => {
  assert.equal(
    await fixed(`{ lib, ... }:
{
  imports = [ { ${disk(subvolumes)} } ];
  config = lib.mkMerge [
    {
      environment = {
        persistence."/persist" = {
          directories = [ "/srv" ];
        };
      };
      services.openssh.enable = true;
    }
  ];
}`),
    `{ lib, ... }:
{
  imports = [ { ${disk(subvolumes)} } ];
  config = lib.mkMerge [
    {
      environment = {
        persistence."/persist" = {
          directories = [ "/srv" ];
        };
      };
      fileSystems."/persist".neededForBoot = true;
      services.openssh.enable = true;
    }
  ];
}
`,
  );
  assert.equal(
    await fixed(`{ imports = [ { ${disk(subvolumes)} } ]; config.${store} }`),
    `{ imports = [ { ${disk(subvolumes)} } ]; config.${store} config.fileSystems."/persist".neededForBoot = true; }\n`,
  );
});
