import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "password-file-late-mount";

const onHost = (module: string): Promise<string[]> => reportedTexts(rule, hostOf(module));

const password = `users.users.root.hashedPasswordFile = "/persist/passwords/root";`;
const volume = `fileSystems."/persist" = { device = "/dev/vdb"; fsType = "ext4"; };`;
const tmpfsRoot = `fileSystems."/" = { device = "none"; fsType = "tmpfs"; };`;
const diskRoot = `fileSystems."/" = { device = "/dev/vda1"; fsType = "ext4"; };`;

test("a file on a late file system is reported on each host that has it late", async () => {
  const { findings } = await expectFindings(
    rule,
    `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.late = nixpkgs.lib.nixosSystem { modules = [ ./users.nix ./late.nix ]; };
    nixosConfigurations.early = nixpkgs.lib.nixosSystem { modules = [ ./users.nix ./early.nix ]; };
  };
}
--@ users.nix
{
  users.users.root.hashedPasswordFile = "/persist/passwords/root";
#                                       ^^^^^^^^^^^^^^^^^^^^^^^^^ password-file-late-mount error
  users.users.me = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA" ];
  };
}
--@ late.nix
{ ${volume} }
--@ early.nix
{ ${volume.replace("};", "neededForBoot = true; };")} }
`,
  );
  const [found] = findings.filter((finding) => finding.rule === rule);
  assert.deepEqual(found?.hosts, ["late"]);
  assert.equal(
    found?.message,
    "Passwords are set before /persist is mounted: /persist/passwords/root does not exist at that time, so root is locked.",
  );
  assert.match(found?.related[0]?.file ?? "", /late\.nix$/);
});

test("every way to write a user and a path is followed", async () => {
  for (const user of [
    `users.users.root.passwordFile = "/persist/p";`,
    `users.extraUsers.root.hashedPasswordFile = "/persist/p";`,
    `users = { users = { root = { hashedPasswordFile = "/persist/p"; }; }; };`,
    `users.users.root.hashedPasswordFile = lib.mkForce "/persist/p";`,
    `users.users.root.hashedPasswordFile = lib.mkIf config.my.on "/persist/p"; my.on = true;`,
    `users.users.\${config.my.name}.hashedPasswordFile = "/persist/p"; my.name = "me";`,
    `users.users = lib.genAttrs [ "root" ] (name: { hashedPasswordFile = "/persist/p"; });`,
    `users.users.root = lib.mkMerge [ { hashedPasswordFile = "/persist/p"; } ];`,
    `users.users.root = let hashedPasswordFile = "/persist/p"; in { inherit hashedPasswordFile; };`,
  ]) {
    const module = `{ lib, config, ... }: { ${volume} ${user} }`;
    assert.deepEqual(await onHost(module), [`error "/persist/p"`], user);
  }
  const interpolated = `{ config, lib, ... }: {
  options.my = { store = lib.mkOption { default = "/persist"; }; user = lib.mkOption { }; };
  config = { ${volume} my.user = "me"; users.users.\${config.my.user}.hashedPasswordFile = "\${config.my.store}/passwords/\${config.my.user}"; };
}`;
  assert.deepEqual(await onHost(interpolated), [`error "\${config.my.store}/passwords/\${config.my.user}"`]);
  const unknownUser = `{ config, username, ... }: { ${volume} users.users.\${username}.hashedPasswordFile = "/persist/passwords/\${username}"; }`;
  assert.deepEqual(await onHost(unknownUser), [`error "/persist/passwords/\${username}"`]);
  const forwarded = `{ config, lib, ... }: {
  options.my.admin = lib.mkOption { };
  config = { ${volume} my.admin.hashedPasswordFile = "/persist/p"; users.users.me = config.my.admin; };
}`;
  assert.deepEqual(await onHost(forwarded), [`error "/persist/p"`]);
});

test("every late place is known: file systems, disko, persisted directories and files, ZFS datasets, a root that is wiped", async () => {
  const file = (path: string): string => `users.users.root.hashedPasswordFile = "${path}";`;
  for (const [path, place] of [
    ["/persist/p", `disko.devices.nodev."/persist" = { fsType = "tmpfs"; };`],
    ["/persist/p", `disko.devices.zpool.z.datasets.p = { type = "zfs_fs"; mountpoint = "/persist"; };`],
    [
      "/persist/secrets/p",
      `${volume.replace("};", "neededForBoot = true; };")} fileSystems."/persist/secrets".device = "z/s";`,
    ],
    ["/etc/passwords/p", `${diskRoot} environment.persistence."/persist".directories = [ "/etc/passwords" ];`],
    [
      "/var/lib/x/p",
      `${diskRoot} preservation = { enable = true; preserveAt."/persist".directories = [ "/var/lib/x" ]; };`,
    ],
    ["/etc/p", `${diskRoot} environment.persistence."/persist".files = [ "/etc/p" ];`],
    ["/etc/p", `fileSystems."/etc" = { device = "/persist/etc"; options = [ "bind" ]; }; ${tmpfsRoot}`],
    ["/root/p", tmpfsRoot],
    [
      "/data/secrets/p",
      `${diskRoot} boot.zfs.extraPools = [ "data" ]; disko.devices.zpool.data.datasets.s.options.mountpoint = "/data/secrets";`,
    ],
  ] as const) {
    const early = path.startsWith("/etc/p") && place.includes('fileSystems."/etc"');
    assert.deepEqual(await onHost(`{ ${place} ${file(path)} }`), early ? [] : [`error "${path}"`], place);
  }
});

test("a layout that no host imports tells where the datasets of an imported pool are mounted", async () => {
  const sources = (pools: string): string => `
--@ flake.nix
{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ]; }; }; }
--@ a.nix
{
  ${diskRoot}
  boot.zfs.extraPools = ${pools};
  users.users.root.hashedPasswordFile = "/data/secrets/p";
}
--@ layout/data.nix
let pool = "data"; in { disko.devices.zpool.\${pool}.datasets.secrets = { type = "zfs_fs"; options.mountpoint = "/data/secrets"; }; }
`;
  assert.deepEqual(await reportedTexts(rule, sources(`[ "data" ]`)), [`error "/data/secrets/p"`]);
  assert.deepEqual(await reportedTexts(rule, sources(`[ "other" ]`)), []);
});

test("what is early, not known, or no user's password is left alone", async () => {
  for (const module of [
    `{ ${password} }`,
    `{ ${password} ${diskRoot} }`,
    `{ ${password} ${volume.replace("};", "neededForBoot = true; };")} }`,
    `{ lib, config, ... }: { ${password} ${volume} fileSystems."/persist".neededForBoot = lib.mkDefault config.my.early; }`,
    `{ ${volume} users.users.root.hashedPasswordFile = "/nix/persist/passwords/root"; }`,
    `{ ${tmpfsRoot} users.users.root.hashedPasswordFile = "/run/secrets-for-users/root"; }`,
    `{ ${tmpfsRoot} users.users.root.hashedPasswordFile = "/run/agenix/root"; }`,
    `{ config, ... }: { ${tmpfsRoot} users.users.root.hashedPasswordFile = config.age.secrets.root.path; age.secrets.root.path = "/etc/p"; }`,
    `{ ${tmpfsRoot} fileSystems."/var/lib" = { device = "/dev/vdb"; }; users.users.root.hashedPasswordFile = "/var/lib/passwd"; }`,
    `{ ${diskRoot} preservation = { enable = true; preserveAt."/persist".directories = [ { directory = "/etc/passwords"; inInitrd = true; } ]; }; users.users.root.hashedPasswordFile = "/etc/passwords/root"; }`,
    `{ lib, ... }: { ${volume} users.users.root = lib.mkMerge [ { hashedPasswordFile = "/persist/p"; } { hashedPasswordFile = lib.mkForce null; } ]; }`,
    `{ ${volume} mailserver.loginAccounts."a@b".hashedPasswordFile = "/persist/p"; }`,
    `{ ${volume} services.mosquitto.listeners = [ { users.me.hashedPasswordFile = "/persist/p"; } ]; }`,
    `{ ${volume} ${password} services.userborn.enable = true; }`,
    `{ ${volume} ${password} systemd.sysusers.enable = true; }`,
    `{ lib, config, ... }: { options.my.on = lib.mkEnableOption "x"; config = { ${volume} users.users.root = lib.mkIf config.my.on { hashedPasswordFile = "/persist/p"; }; }; }`,
    `{ ${tmpfsRoot} imports = [ ./unknown.nix ]; users.users.root.hashedPasswordFile = "/root/p"; }`,
    `{ config, ... }: { ${tmpfsRoot} environment.persistence."/persist".directories = config.my.dirs; users.users.root.hashedPasswordFile = "/root/p"; }`,
    `{ ${tmpfsRoot} users.users.root.hashedPasswordFile = ./root.hash; }`,
    `{ ${volume} ${password} isoImage.volumeID = "x"; }`,
    `{ config, ... }: { ${volume} users.users.root.hashedPasswordFile = "\${config.my.unknown}/root"; }`,
    `{ config, ... }: { ${tmpfsRoot} users.users.root.hashedPasswordFile = "/\${config.my.unknown}/root"; }`,
    `{ config, ... }: { ${tmpfsRoot} users.users.root.hashedPasswordFile = "/pers\${config.my.unknown}/root"; }`,
    `{ config, ... }: { users.users.root.hashedPasswordFile = "/persist/passwords/\${config.my.unknown}"; }`,
    `{ ${tmpfsRoot} users.users.root.hashedPasswordFile = "/run/keys/root"; }`,
    `{ self, ... }: { ${tmpfsRoot} users.users.root.hashedPasswordFile = "\${self}/root.hash"; }`,
    `{ config, ... }: { ${tmpfsRoot} users.users.root.hashedPasswordFile = config.sops.secrets.root.path; sops.secrets.root.path = "/root/p"; }`,
    `{ lib, config, ... }: { imports = [ ./unknown.nix ]; options.my.on = lib.mkEnableOption "x"; config = { ${volume} users.users.root = lib.mkIf config.my.on { hashedPasswordFile = "/persist/p"; }; }; }`,
  ])
    assert.deepEqual(await onHost(module), [], module);
});

test("it says when nobody else can log in", async () => {
  const message = async (more: string): Promise<string> => {
    const { findings } = await checkSources(hostOf(`{ ${volume} ${password} ${more} }`));
    return findings.find((finding) => finding.rule === rule)?.message ?? "";
  };
  assert.match(await message(""), /root is locked, and nobody else can log in\.$/);
  assert.match(
    await message(`users.users.me = { extraGroups = [ "wheel" ]; hashedPassword = "$6$x"; };`),
    /root is locked\.$/,
  );
  assert.match(await message(`users.users.me.hashedPassword = "$6$x";`), /nobody else can log in\.$/);
});

test("a comment silences", async () => {
  assert.deepEqual(await onHost(`{\n  ${volume}\n  # nixos-vps: ignore ${rule}\n  ${password}\n}`), []);
});

async function fixed(module: string, title?: string): Promise<string | undefined> {
  const files = await applyFix(rule, hostOf(module), title);
  assert.deepEqual(await findingsOf(rule, files), []);
  return files["module.nix"];
}

test("the fix mounts the file system early, or reads the file where it is kept", async () => {
  assert.equal(
    await fixed(`{
  fileSystems."/persist" = {
    device = "z/persist"; # mirrored
    fsType = "zfs";
  };
  users.users.root.hashedPasswordFile = "/persist/root";
}`),
    `{
  fileSystems."/persist" = {
    device = "z/persist"; # mirrored
    neededForBoot = true;
    fsType = "zfs";
  };
  users.users.root.hashedPasswordFile = "/persist/root";
}
`,
  );
  assert.equal(
    await fixed(`{
  ${diskRoot}
  ${volume}
  environment.persistence."/persist".directories = [ "/etc/passwords" ];
  users.users.root.hashedPasswordFile = "/etc/passwords/root";
}`),
    `{
  ${diskRoot}
  fileSystems."/persist" = { device = "/dev/vdb"; neededForBoot = true; fsType = "ext4"; };
  environment.persistence."/persist".directories = [ "/etc/passwords" ];
  users.users.root.hashedPasswordFile = "/persist/etc/passwords/root";
}
`,
  );
});
