import assert from "node:assert/strict";
import { relative } from "node:path";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "var-lib-nixos-missing";

/** The rule's findings in a host that has a module and a root on tmpfs. */
const onHost = (module: string): Promise<string[]> =>
  reportedTexts(
    rule,
    hostOf(`{ lib, config, ... }: { imports = [ ${module} { fileSystems."/".fsType = "tmpfs"; } ]; }`),
  );

const store = (directories: string): string =>
  `{ environment.persistence."/persist".directories = [ ${directories} ]; }`;

test("the list a host begins with is underlined once, wherever others add to it", async () => {
  const { findings } = await expectFindings(
    rule,
    `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./persistence.nix ./nginx.nix ]; };
    nixosConfigurations.b = nixpkgs.lib.nixosSystem { modules = [ ./persistence.nix ]; };
  };
}
--@ persistence.nix
{
  fileSystems."/" = { device = "none"; fsType = "tmpfs"; };
  environment.persistence."/persist" = {
    directories = [ "/var/log" "/var/nixos/lib" ];
#   ^^^^^^^^^^^ var-lib-nixos-missing warning
    files = [ "/etc/machine-id" ];
  };
}
--@ nginx.nix
{ config, lib, ... }:
{
  environment.persistence."/persist".directories = lib.mkIf config.services.nginx.enable [ "/var/lib/acme" "/var/www" "/srv" ];
}
`,
  );
  const [finding] = findings.filter((candidate) => candidate.rule === rule);
  assert.deepEqual(finding?.hosts, ["a", "b"]);
  assert.match(finding?.message ?? "", /^Nothing keeps \/var\/lib\/nixos: after a reboot/);
});

test("preservation, stores that are not known, and files alone", async () => {
  assert.deepEqual(await onHost(`{ preservation.preserveAt."/persist".directories = [ "/var/log" ]; }`), [
    "warning directories",
  ]);
  assert.deepEqual(await onHost(`{ environment.persistence."/persist".files = [ "/etc/machine-id" ]; }`), [
    "warning files",
  ]);
  const unknown = `{ environment.persistence = lib.concatMapAttrs (n: v: { \${v.path}.hideMounts = true; }) config.my.pools; }`;
  assert.deepEqual(await reportedTexts(rule, `--@ module.nix\n{ lib, config, ... }: ${unknown}`), [
    "warning persistence",
  ]);
});

test("what keeps the ids silences: in any form, by a directory above, by a file system", async () => {
  assert.equal((await onHost(store(`"/var/log"`))).length, 1);
  for (const kept of [
    store(`"/var/lib/nixos/"`),
    store(`{ directory = "/var/lib"; mode = "0755"; }`),
    store(`"/var"`),
    `${store(`"/var/log"`)} { preservation.preserveAt."/p".directories = let d = "/var/lib"; in [ "\${d}/nixos" ]; }`,
    `${store(`"/var/log"`)} { fileSystems."/var/lib" = { device = "z/lib"; fsType = "zfs"; }; }`,
    `${store(`"/var/log"`)} { disko.devices.zpool.z.datasets.lib = { type = "zfs_fs"; mountpoint = "/var/lib/nixos"; }; }`,
    `${store(`"/var/log"`)} { systemd.tmpfiles.rules = [ "L /var/lib/nixos - - - - /persist/var/lib/nixos" ]; }`,
    `{ options.my.dirs = lib.mkOption { }; config = { my.dirs = [ "/var/lib/nixos" ]; environment.persistence."/p".directories = config.my.dirs; }; }`,
  ])
    assert.deepEqual(await onHost(kept), [], kept);
});

test("a machine that needs no such ids is left alone", async () => {
  const log = store(`"/var/log"`);
  assert.deepEqual(await onHost(`${log} { services.userborn.enable = true; }`), []);
  assert.deepEqual(await onHost(`${log} { environment.persistence."/persist".enableWarnings = false; }`), []);
  assert.deepEqual(await onHost(`${log} { boot.isContainer = true; }`), []);
  assert.deepEqual(await onHost(`{ environment.persistence."/p".users.me.directories = [ "Documents" ]; }`), []);
  const ext4 = `{ ${log.slice(1, -1)} fileSystems."/" = { device = "/dev/vda1"; fsType = "ext4"; }; }`;
  assert.deepEqual(await reportedTexts(rule, hostOf(ext4)), []);
  const btrfs = ext4.replace("ext4", "btrfs");
  assert.deepEqual(await reportedTexts(rule, hostOf(btrfs)), []);
  for (const hook of [
    `boot.initrd.postResumeCommands = "btrfs subvolume delete /mnt/root";`,
    `boot.initrd.systemd.services.rollback.script = builtins.readFile ./rollback.sh;`,
    `boot.initrd.systemd.services.x = { script = "zfs rollback -r z/root@blank"; };`,
  ])
    assert.equal((await reportedTexts(rule, hostOf(btrfs.replace("{ ", `{ ${hook} `)))).length, 1, hook);
});

test("without known hosts nothing in the whole flake may name the directory", async () => {
  const base = `--@ module.nix\n${store(`"/var/log"`)}\n`;
  assert.deepEqual(await reportedTexts(rule, base), ["warning directories"]);
  assert.deepEqual(await reportedTexts(rule, `${base}--@ lib/dirs.nix\n"/persist/var/lib/nixos"`), []);
  assert.deepEqual(await reportedTexts(rule, `${base}--@ lib/dirs.nix\n[ "/var/lib" ]`), []);
  const elsewhere = `${base}--@ lib/dirs.nix\n# /var/lib/nixos\n[ "/var/lib/nixosmore" "/var/lib/nginx" ./var ]`;
  assert.deepEqual(await reportedTexts(rule, elsewhere), ["warning directories"]);
});

test("of modules without hosts the one about persistence is told of", async () => {
  const sources = `
--@ modules/persistence.nix
{ lib, config, ... }:
{
  options.my.persistence.dirs = lib.mkOption { default = [ ]; };
  config.my.persistence.dirs = [ "/var/log" ];
}
--@ modules/bluetooth.nix
{ my.persistence.dirs = [ "/var/lib/bluetooth" "/var/lib/iwd" ]; }
`;
  assert.deepEqual(await reportedTexts(rule, sources), ["warning dirs"]);
  const { findings } = await expectFindings(
    rule,
    sources.replace(
      `config.my.persistence.dirs = [ "/var/log" ];`,
      `config.my.persistence.dirs = [ "/var/log" ];\n#                       ^^^^ ${rule}`,
    ),
  );
  assert.equal(findings.filter((finding) => finding.rule === rule).length, 1);
});

test("a host of which not all modules are known may only add to a list elsewhere", async () => {
  const sources = `
--@ hosts/a/default.nix
{ my.persistence.dirs = [ "/var/lib/iwd" ]; }
--@ hosts/b/default.nix
{ my.persistence.dirs = [ "/var/lib/cups" ]; }
`;
  assert.deepEqual(await reportedTexts(rule, sources), ["warning dirs", "warning dirs"]);
  const shared = `${sources}--@ modules/persistence.nix\n{ my.persistence.dirs = [ "/var/log" ]; }`;
  const { findings, root } = await checkSources(shared);
  const files = findings.filter((finding) => finding.rule === rule).map(({ file }) => relative(root, file));
  assert.deepEqual(files, ["modules/persistence.nix"]);
});

test("in a list of the flake's own the fix is for a person to look at", async () => {
  const { findings } = await checkSources(`--@ module.nix\n{ my.persistence.dirs = [ "/var/log" ]; }`);
  const fixes = findings.filter((finding) => finding.rule === rule).flatMap((finding) => finding.fixes);
  assert.deepEqual(
    fixes.map(({ safe }) => safe),
    [false],
  );
});

test("a comment silences", async () => {
  assert.deepEqual(
    await reportedTexts(
      rule,
      `{
  # nixos-vps: ignore ${rule}
  environment.persistence."/persist".directories = [ "/var/log" ];
}`,
    ),
    [],
  );
});

async function fixed(module: string): Promise<string | undefined> {
  const files = await applyFix(rule, `--@ module.nix\n${module}`);
  assert.deepEqual(await findingsOf(rule, files), []);
  return files["module.nix"];
}

test("the fix adds the directory to the list", async () => {
  assert.equal(
    await fixed(`{ lib, ... }:
{
  environment.persistence."/persist" = {
    directories = [
      "/var/log"
      "/srv" # data
    ] ++ lib.optional true "/opt";
  };
}
`),
    `{ lib, ... }:
{
  environment.persistence."/persist" = {
    directories = [
      "/var/log"
      "/srv" # data
      "/var/lib/nixos"
    ] ++ lib.optional true "/opt";
  };
}
`,
  );
  assert.equal(
    await fixed(`{ preservation.preserveAt."/persist".directories = [ "/var/log" ]; }\n`),
    `{ preservation.preserveAt."/persist".directories = [
  "/var/log"
  { directory = "/var/lib/nixos"; inInitrd = true; }
]; }
`,
  );
});

test("the fix adds to a list that is there as it is written, and always", async () => {
  const within = (directories: string): string =>
    `{ lib, c, ... }:
{
  environment.persistence."/p".directories = ${directories};
}\n`;
  assert.equal(
    await fixed(within(`lib.optionals c [ "/a" ]\n    ++ lib.mkOrder 500 [ "/opt" ]`)),
    within(`lib.optionals c [ "/a" ]\n    ++ lib.mkOrder 500 [ "/opt" "/var/lib/nixos" ]`),
  );
  const { findings } = await checkSources(within(`map (name: "/var/lib/\${name}") [ "docker" ]`));
  assert.deepEqual(
    findings.filter((finding) => finding.rule === rule).map(({ fixes }) => fixes),
    [[]],
  );
});

test("the fix is not applied by itself where another host would have the directory twice", async () => {
  const isSafe = async (ofB: string): Promise<boolean | undefined> => {
    const { findings } = await checkSources(`
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./shared.nix ]; };
    nixosConfigurations.b = nixpkgs.lib.nixosSystem { modules = [ ./shared.nix ./b.nix ]; };
  };
}
--@ shared.nix
{ fileSystems."/".fsType = "tmpfs"; environment.persistence."/persist".directories = [ "/srv" ]; }
--@ b.nix
{ environment.persistence."/persist".directories = [ "${ofB}" ]; }`);
    return findings.find((finding) => finding.rule === rule)?.fixes[0]?.safe;
  };
  assert.equal(await isSafe("/var/lib/nixos"), false);
  assert.equal(await isSafe("/opt"), true);
});

test("a flake that offers modules to others has no host that could lose anything", async () => {
  await expectFindings(
    rule,
    `--@ flake.nix
{ outputs = { ... }: { nixosModules.p = ./p.nix; }; }
--@ p.nix
{ environment.persistence."/persist".directories = [ "/srv" ]; fileSystems."/".fsType = "tmpfs"; }`,
  );
});
