import assert from "node:assert/strict";
import { test } from "node:test";
import generated from "../../../core/src/rules/data/etcGenerated.json" with { type: "json" };
import { applyFix, checkSources, expectFindings, findingsOf, type MarkedSources } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "persist-dir-shadows-etc";

const reported = (sources: MarkedSources): Promise<string[]> => reportedTexts(rule, sources);

/** The module as a fix leaves it; checked again it has to be clean. */
async function fixed(module: string, title?: string): Promise<string> {
  const files = await applyFix(rule, `--@ module.nix\n${module}`, title);
  assert.deepEqual(await findingsOf(rule, files), []);
  return files["module.nix"] ?? "";
}

async function fixTitles(module: string): Promise<string[]> {
  const { findings } = await checkSources(`--@ module.nix\n${module}`);
  return findings.filter((finding) => finding.rule === rule).flatMap(({ fixes }) => fixes.map(({ title }) => title));
}

test("the entry is underlined and the message says what happens on the machine", async () => {
  const { findings } = await expectFindings(
    rule,
    `
{
  services.openssh.enable = true;
  environment.persistence."/persist".directories = [ "/etc/ssh" ];
  #                                                  ^^^^^^^^^^ persist-dir-shadows-etc error
}
`,
  );
  assert.equal(
    findings.find((finding) => finding.rule === rule)?.message,
    "sshd will not start on the first boot: /etc/ssh is mounted over the sshd_config that NixOS generates. Persist the host keys as files instead.",
  );
});

test("a directory is found in every form in which it can be persisted", async () => {
  assert.deepEqual(
    await reported(`
{ config, lib, ... }:
let
  persist = "/persist";
  inherit (config.networking) hostName;
  more = [ "/etc/nix" ];
  cfg = config.my;
in
{
  options.my.kept = lib.mkOption { default = [ ]; };
  config = {
    my.kept = [ "/etc/pam.d" ];
    environment.persistence.\${persist}.directories = [ "/etc/ssh/" ] ++ more ++ cfg.kept;
    environment.persistence."/other" = {
      directories = lib.mkIf (hostName == "x") (map (directory: { inherit directory; mode = "0755"; }) [ "/etc//default" ]);
    };
    environment.persistence.main = with lib; {
      persistentStoragePath = "/main";
      directories = mkBefore (optional cfg.ssl { directory = "/etc/ssl"; } ++ optionals cfg.lvm [ "/etc/lvm" ]);
    };
    preservation.preserveAt."/state".directories = [ { directory = "/etc/udev"; user = "root"; } ];
    fileSystems."/etc/modprobe.d" = { device = "/persist/etc/modprobe.d"; options = [ "bind" ]; };
  };
}
`),
    [
      `error "/etc/nix"`,
      `error "/etc/pam.d"`,
      `error "/etc/ssh/"`,
      `error "/etc//default"`,
      `error { directory = "/etc/ssl"; }`,
      `error "/etc/lvm"`,
      `error { directory = "/etc/udev"; user = "root"; }`,
      `error "/etc/modprobe.d"`,
    ],
  );
});

test("what is mounted before activation hides nothing", async () => {
  assert.deepEqual(
    await reported(`
{ config, ... }:
let
  early = directory: { inherit directory; inInitrd = true; };
in
{
  preservation.preserveAt."/state".directories = [
    { directory = "/etc/ssh"; inInitrd = true; }
    (early "/etc/nix")
    { directory = "/etc/ssl"; inInitrd = config.my.early; }
  ];
  environment.persistence."/persist".directories = [ "/etc" "/etc/lvm" ];
  fileSystems."/etc/lvm".neededForBoot = true;
  fileSystems."/etc/pam.d" = { device = "/persist/etc/pam.d"; options = [ "bind" ]; neededForBoot = true; };
}
`),
    [],
  );
});

test("a file system of its own that is mounted late hides as well", async () => {
  assert.deepEqual(
    await reported(`
{
  fileSystems."/etc/ssh" = { device = "zroot/ssh"; fsType = "zfs"; };
  fileSystems."/etc/nix" = { device = "zroot/nix"; fsType = "zfs"; neededForBoot = true; };
  fileSystems."/etc/lvm" = { device = "zroot/lvm"; fsType = "zfs"; neededForBoot = (import <x>).early; };
  fileSystems."/etc" = { device = "zroot/etc"; fsType = "zfs"; };
  disko.devices.zpool.zroot.datasets.ssl = { type = "zfs_fs"; mountpoint = "/etc/ssl"; };
}
`),
    [`error "/etc/ssh"`, "error mountpoint"],
  );
  assert.equal(
    await fixed(`{ fileSystems."/etc/ssh" = { device = "zroot/ssh"; fsType = "zfs"; }; }\n`),
    `{ fileSystems."/etc/ssh" = { device = "zroot/ssh"; neededForBoot = true; fsType = "zfs"; }; }\n`,
  );
});

test("links into the store are left to the rule about them", async () => {
  assert.deepEqual(await reported(`{ environment.persistence."/p".directories = [ "/etc/kbd" "/etc/fonts/x" ]; }`), []);
});

test("a late mount over all of /etc hides everything", async () => {
  assert.deepEqual(await reported(`{ preservation.preserveAt."/state".directories = [ "/etc" ]; }`), [`error "/etc"`]);
});

test("directories that hold state only are left alone", async () => {
  const safe = generated.safe.filter(({ kind }) => kind === "directory").map(({ path }) => `"${path}"`);
  assert.ok(safe.length > 10);
  assert.deepEqual(
    await reported(
      `{ environment.persistence."/persist".directories = [ ${safe.join(" ")} "/etc/sshx" "/var/lib/nixos" "/srv/etc/ssh" ]; }`,
    ),
    [],
  );
});

test("lists of directories that nothing mounts are left alone", async () => {
  assert.deepEqual(
    await reported(`
{ config, ... }:
{
  services.restic.backups.persist.paths = [ "/etc/ssh" ];
  services.borgbackup.jobs.persist.folders = [ "/etc/NetworkManager" ];
  systemd.services.persist.serviceConfig.ReadWritePaths = [ "/etc/ssh" ];
  systemd.tmpfiles.rules = [ "d /persist/etc/ssh" ];
  my.persist.exclude.directories = [ "/etc/ssh" ];
  services.backup.volumes."/persist".directories = [ "/etc/ssh" ];
  containers.persist.bindMounts."/etc/ssh".hostPath = "/persist/etc/ssh";
  disko.devices.disk.main.content.partitions.root.content.subvolumes."/etc/ssh" = { };
  environment.persistence."/persist".files = [ "/etc/ssh/ssh_host_ed25519_key" ];
  environment.etc.note.text = toString config.environment.persistence."/persist".directories;
  # environment.persistence."/persist".directories = [ "/etc/ssh" ];
}
`),
    [],
  );
});

test("stores that are off, lists that are emptied and conditions that are false silence", async () => {
  const list = `environment.persistence."/persist".directories = [ "/etc/ssh" ];`;
  assert.deepEqual(await reported(hostOf(`{ ${list} }`)), [`error "/etc/ssh"`]);
  assert.deepEqual(await reported(hostOf(`{ ${list} environment.persistence."/persist".enable = false; }`)), []);
  const emptied = `{ lib, ... }: { imports = [ { ${list} } ]; environment.persistence."/persist".directories = lib.mkForce [ ]; }`;
  assert.deepEqual(await reported(hostOf(emptied)), []);
  const allGone = `{ lib, ... }: { imports = [ { ${list} } ]; environment.persistence = lib.mkForce { }; }`;
  assert.deepEqual(await reported(hostOf(allGone)), []);
  assert.deepEqual(
    await reported(hostOf(`{ config, lib, ... }: { config = lib.mkIf config.services.openssh.enable { ${list} }; }`)),
    [],
  );
  const optional = `{ config, lib, ... }: { environment.persistence."/p".directories = lib.optional config.services.openssh.enable "/etc/ssh"; }`;
  assert.deepEqual(await reported(hostOf(optional)), []);
  const preservation = `preservation.preserveAt."/state".directories = [ "/etc/ssh" ];`;
  assert.deepEqual(await reported(hostOf(`{ preservation.enable = false; ${preservation} }`)), []);
});

test("a comment silences", async () => {
  const module = `
{
  # nixos-vps: ignore ${rule}: made by hand
  environment.persistence."/persist".directories = [ "/etc/ssh" ];
}
`;
  assert.deepEqual(await reported(module), []);
});

test("what an option brings counts: error when it is on, nothing when it is off, a warning that names it when nobody says", async () => {
  const list = `environment.persistence."/persist".directories = [ "/etc/bluetooth" ];`;
  assert.deepEqual(await reported(hostOf(`{ ${list} hardware.bluetooth.enable = true; }`)), [`error "/etc/bluetooth"`]);
  assert.deepEqual(await reported(hostOf(`{ ${list} hardware.bluetooth.enable = false; }`)), []);
  const { findings } = await checkSources(hostOf(`{ ${list} }`));
  const [finding] = findings.filter((candidate) => candidate.rule === rule);
  assert.equal(finding?.severity, "warning");
  assert.match(finding?.message ?? "", /\(with hardware\.bluetooth\.enable\)/);
});

test("without sshd a persisted /etc/ssh hides ssh_config", async () => {
  const { findings } = await checkSources(hostOf(`{ environment.persistence."/p".directories = [ "/etc/ssh" ]; }`));
  assert.match(
    findings.find((finding) => finding.rule === rule)?.message ?? "",
    /^ssh runs without its settings on the first boot: \/etc\/ssh is mounted over the ssh_config and ssh_known_hosts that/,
  );
});

test("a file that another module of the host puts there is pointed at", async () => {
  const { findings, files, root } = await checkSources(`
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.vps = nixpkgs.lib.nixosSystem { modules = [ ./kept.nix ./app.nix ]; };
    nixosConfigurations.other = nixpkgs.lib.nixosSystem { modules = [ ./kept.nix ]; };
  };
}
--@ kept.nix
{ environment.persistence."/persist".directories = [ "/etc/app/" ]; }
--@ app.nix
{ environment.etc."app/secret.conf".text = "x"; }
`);
  const found = findings.filter((finding) => finding.rule === rule);
  assert.deepEqual(
    found.map(({ file, hosts }) => [file, hosts]),
    [[`${root}/kept.nix`, ["vps"]]],
  );
  const related = found[0]?.related[0];
  assert.equal(related?.file, `${root}/app.nix`);
  assert.equal(files["app.nix"]?.slice(related?.start, related?.end), `"app/secret.conf"`);
});

test("what the flake writes counts in every form", async () => {
  const persist = (path: string): string => `environment.persistence."/persist".directories = [ "${path}" ];`;
  assert.deepEqual(await reported(`{ ${persist("/etc/nixos")} environment.etc = { "nixos/flake".source = ./.; }; }`), [
    `error "/etc/nixos"`,
  ]);
  assert.deepEqual(await reported(`{ ${persist("/etc/a")} environment.etc.x = { target = "a/b"; text = ""; }; }`), [
    `error "/etc/a"`,
  ]);
  assert.deepEqual(
    await reported(`{ ${persist("/etc/a")} environment.etc."a/b" = { enable = false; text = ""; }; }`),
    [],
  );
  assert.deepEqual(await reported(`{ ${persist("/etc/agenix")} age.secrets.x.path = "/etc/agenix/x"; }`), [
    `error "/etc/agenix"`,
  ]);
  assert.deepEqual(
    await reported(
      `{ lib, ... }: { ${persist("/etc/a")} environment.etc = lib.mapAttrs' (n: v: lib.nameValuePair "a/\${n}" { text = v; }) { b = "c"; }; }`,
    ),
    [`error "/etc/a"`],
  );
});

test("options of the flake's own: followed, told, or guessed by name", async () => {
  const guessed = `{ my.persist.directories = [ "/etc/ssh" ]; }`;
  assert.deepEqual(await reported(guessed), [`hint "/etc/ssh"`]);
  assert.deepEqual(
    await reportedTexts(rule, `{ my.kept.dirs = [ "/etc/ssh" ]; }`, { persistenceOptions: ["my.*.dirs"] }),
    [`error "/etc/ssh"`],
  );
  const wrapper = (body: string): string => `
{ config, lib, ... }:
let cfg = config.my.persist; in
{
  options.my.persist.dirs = lib.mkOption { default = [ ]; };
  config = {
    my.persist.dirs = [ "/etc/ssh" ];
    ${body}
  };
}`;
  const forwarded = wrapper(`environment.persistence."/persist".directories = lib.naturalSort (lib.unknown cfg.dirs);`);
  assert.deepEqual(await reported(forwarded), [`error "/etc/ssh"`]);
  const early = wrapper(
    `fileSystems = lib.listToAttrs (map (name: { inherit name; value = { device = "/p\${name}"; options = [ "bind" ]; neededForBoot = true; }; }) cfg.dirs);`,
  );
  assert.deepEqual(await reported(early), []);
  const alias = `{ lib, ... }: { imports = [ (lib.mkAliasOptionModule [ "kept" ] [ "environment" "persistence" "/persist" ]) ]; kept.directories = [ "/etc/ssh" ]; }`;
  assert.deepEqual(await reported(alias), [`error "/etc/ssh"`]);
  assert.deepEqual(await reported(`{ my.file."/etc/ssh".persist = true; my.file."/etc/nix".persist = false; }`), [
    `hint "/etc/ssh"`,
  ]);
});

test("preservation cannot put a link in place of the directory", async () => {
  const { findings } = await checkSources(
    `{ preservation.preserveAt."/s".directories = [ { directory = "/etc/ssh"; how = "symlink"; } ]; }`,
  );
  const found = findings.find((finding) => finding.rule === rule);
  assert.equal(found?.severity, "warning");
  assert.match(found?.message ?? "", /^Nothing in \/etc\/ssh is kept/);
});

const keyFiles = `"/etc/ssh/ssh_host_ed25519_key"
    "/etc/ssh/ssh_host_ed25519_key.pub"
    "/etc/ssh/ssh_host_rsa_key"
    "/etc/ssh/ssh_host_rsa_key.pub"`;

test("fix: a list of its own is renamed", async () => {
  assert.equal(
    await fixed(`{
  # same key after a reboot
  environment.persistence."/persist".directories = [ "/etc/ssh" ];
}
`),
    `{
  # same key after a reboot
  environment.persistence."/persist".files = [
    ${keyFiles}
  ];
}
`,
  );
  assert.equal(
    await fixed(`{
  environment.persistence."/persist".directories = [
    # the server's keys
    "/etc/ssh"
  ];
}
`),
    `{
  environment.persistence."/persist".files = [
    # the server's keys
    ${keyFiles}
  ];
}
`,
  );
});

test("fix: the host keys go to the list of files beside it", async () => {
  assert.equal(
    await fixed(`{
  environment.persistence."/persist" = {
    directories = [
      "/var/lib/nixos"
      "/etc/ssh" # keys
    ];
    files = [
      "/etc/machine-id"
      "/etc/ssh/ssh_host_rsa_key"
    ];
  };
}
`),
    `{
  environment.persistence."/persist" = {
    directories = [
      "/var/lib/nixos"
    ];
    files = [
      "/etc/machine-id"
      "/etc/ssh/ssh_host_rsa_key"
      "/etc/ssh/ssh_host_ed25519_key"
      "/etc/ssh/ssh_host_ed25519_key.pub"
      "/etc/ssh/ssh_host_rsa_key.pub"
    ];
  };
}
`,
  );
});

test("fix: a list of files is made, for the host keys that are set", async () => {
  assert.equal(
    await fixed(
      `{ config, lib, ... }:
{
  services.openssh.hostKeys = [ { type = "ed25519"; path = "/etc/ssh/key"; } ];
  config.environment.persistence."/persist".directories = lib.mkIf config.my.ssh [ "/srv" "/etc/ssh" ];
}
`.replace("config.environment", "environment"),
    ),
    `{ config, lib, ... }:
{
  services.openssh.hostKeys = [ { type = "ed25519"; path = "/etc/ssh/key"; } ];
  environment.persistence."/persist".directories = lib.mkIf config.my.ssh [ "/srv" ];
  environment.persistence."/persist".files = [
    "/etc/ssh/key"
    "/etc/ssh/key.pub"
  ];
}
`,
  );
});

test("fix: nothing is left to persist when the host keys are elsewhere", async () => {
  const module = (list: string): string => `{
  services.openssh.hostKeys = [ { type = "ed25519"; path = "/persist/key"; } ];
  environment.persistence."/persist" = {
    hideMounts = true;
${list}  };
}
`;
  assert.equal(await fixed(module(`    directories = [ "/etc/ssh" ];\n`)), module(""));
  assert.equal(
    await fixed(module(`    directories = [ "/etc/ssh" "/srv" ];\n`)),
    module(`    directories = [ "/srv" ];\n`),
  );
});

test("fix: preservation links the host keys, or mounts the directory early", async () => {
  const module = `{
  preservation.preserveAt."/state".directories = [ "/srv" { directory = "/etc/ssh"; mode = "0755"; } ];
}
`;
  assert.match(
    await fixed(module),
    /directories = \[ "\/srv" \];\n {2}preservation\.preserveAt\."\/state"\.files = \[\n {4}\{ file = "\/etc\/ssh\/ssh_host_ed25519_key"; how = "symlink"; configureParent = true; \}\n/,
  );
  assert.match(
    await fixed(module, "Mount /etc/ssh in the initrd"),
    /\{ directory = "\/etc\/ssh"; inInitrd = true; mode = "0755"; \}/,
  );
});

test("fix: with secrets the host keys can stay on the store", async () => {
  assert.equal(
    await fixed(
      `{
  services.openssh = {
    enable = true; # remote
  };
  age.secrets.x.file = ./x.age;
  environment.persistence."/persist".directories = [ "/srv" "/etc/ssh" ];
}
`,
      "Keep the host keys in /persist, where secrets can be decrypted with them",
    ),
    `{
  services.openssh = {
    enable = true; # remote
    hostKeys = [
      { type = "ed25519"; path = "/persist/etc/ssh/ssh_host_ed25519_key"; }
      { type = "rsa"; bits = 4096; path = "/persist/etc/ssh/ssh_host_rsa_key"; }
    ];
  };
  age.secrets.x.file = ./x.age;
  environment.persistence."/persist".directories = [ "/srv" ];
}
`,
  );
});

test("fix: the directory that is state takes the place of the one around it", async () => {
  const module = (entry: string): string => `{
  environment.persistence."/persist".directories = [
    ${entry}
    "/var/lib/containers"
  ];
}
`;
  assert.equal(
    await fixed(module(`{ directory = "/etc/NetworkManager/"; mode = "0700"; }`)),
    module(`{ directory = "/etc/NetworkManager/system-connections"; mode = "0700"; }`),
  );
  assert.equal(await fixed(module(`"/etc/bluetooth"`)), module(`"/var/lib/bluetooth"`));
  assert.equal(await fixed(module(`"/etc/containers"`)), module("").replace("    \n", ""));
  assert.equal(await fixed(module(`"/etc/ssl"`)), module("").replace("    \n", ""));
});

test("fix: a path that is computed is not rewritten", async () => {
  const computed = (names: string): string =>
    `{ environment.persistence."/p".directories = map (x: "/etc/\${x}") [ ${names} ]; }\n`;
  assert.deepEqual(await fixTitles(computed(`"NetworkManager" "app"`)), []);
  assert.equal(await fixed(computed(`"ssl" "app"`)), computed(`"app"`));
});

test("fix: a bind mount is made before activation", async () => {
  assert.equal(
    await fixed(`{
  fileSystems."/etc/ssh" = {
    device = "/persist/etc/ssh";
    options = [ "bind" ];
  };
}
`),
    `{
  fileSystems."/etc/ssh" = {
    device = "/persist/etc/ssh";
    neededForBoot = true;
    options = [ "bind" ];
  };
}
`,
  );
});

test("fix: an option that is forwarded is fixed where it is set", async () => {
  const wrapper = `
--@ wrapper.nix
{ config, lib, ... }:
let
  cfg = config.my.persist;
in
{
  options.my.persist = {
    dirs = lib.mkOption { default = [ ]; };
    files = lib.mkOption { default = [ ]; };
  };
  config.environment.persistence."/persist" = {
    directories = lib.unique ([ "/var/log" ] ++ cfg.dirs);
    files = lib.unique cfg.files;
  };
}
--@ ssh.nix
`;
  const files = await applyFix(rule, `${wrapper}{\n  my.persist.dirs = [ "/etc/ssh" ];\n}\n`);
  assert.deepEqual(await findingsOf(rule, files), []);
  assert.equal(files["ssh.nix"], `{\n  my.persist.files = [\n    ${keyFiles}\n  ];\n}\n`);
});

test("fix: what loses nothing and is sure is safe", async () => {
  const safety = async (module: string): Promise<boolean[]> => {
    const { findings } = await checkSources(`--@ module.nix\n${module}`);
    return findings.filter((finding) => finding.rule === rule).flatMap(({ fixes }) => fixes.map(({ safe }) => safe));
  };
  const inStore = (path: string): string =>
    `{ environment.persistence."/p".directories = [ "${path}" "/var/lib/containers" ]; }`;
  for (const path of ["/etc/ssh", "/etc/NetworkManager", "/etc/ssl"])
    assert.deepEqual(await safety(inStore(path)), [true], path);
  for (const path of ["/etc/containers", "/etc/nix", "/etc/bluetooth"])
    assert.deepEqual(await safety(inStore(path)), [false], path);
  assert.deepEqual(await safety(`{ my.persist = { directories = [ "/etc/ssh" ]; files = [ ]; }; }`), [false]);
  assert.deepEqual(await safety(`{ preservation.preserveAt."/p".directories = [ "/etc/ssh" ]; }`), [true, false]);
});

test("fix: files are not moved under other conditions, nor to a list that is put together", async () => {
  const directories = `environment.persistence."/p".directories = [ "/srv" ]`;
  const files = `environment.persistence."/p".files`;
  const titles = (bindings: string): Promise<string[]> => fixTitles(`{ lib, config, ... }: { ${bindings} }`);
  assert.deepEqual(await titles(`${directories} ++ lib.optionals config.a [ "/etc/ssh" "/x" ];`), []);
  const both = `${directories.replace("/srv", "/etc/ssh")};`;
  assert.deepEqual(await titles(`${both} ${files} = lib.mkIf config.a [ "/etc/machine-id" ];`), []);
  assert.deepEqual(await titles(`${both} ${files} = config.files ++ [ "/etc/machine-id" ];`), []);
});

test("fix: an option without a list of files beside it is not made one", async () => {
  assert.deepEqual(await fixTitles(`{ my.persist.directories = [ "/etc/ssh" ]; }`), []);
  assert.deepEqual(await fixTitles(`{ my.persist.directories = [ "/etc/ssh" ]; my.persist.files = [ ]; }`), [
    "Persist the host keys instead of /etc/ssh",
  ]);
});

test("fix: an entry outside of a list literal leaves the definition alone", async () => {
  const { findings } = await checkSources(`{ lib, ... }: {
  environment.persistence."/persist".directories = [ "/srv" ] ++ lib.optional true "/etc/pam.d";
}`);
  const found = findings.find((finding) => finding.rule === rule);
  assert.ok(found);
  assert.deepEqual(found.fixes, []);
});

test("fix: an option named after the path is dropped as a whole", async () => {
  assert.equal(
    await fixed(`{
  my.file."/etc/pam.d".persist = true;
  a = 1;
}
`),
    `{
  a = 1;
}
`,
  );
});

test("fix: an entry of a list that has a name is not dropped by itself", async () => {
  const isSafe = async (module: string): Promise<boolean | undefined> => {
    const { findings } = await checkSources(module);
    return findings.find((finding) => finding.rule === rule)?.fixes[0]?.safe;
  };
  const persist = `environment.persistence."/persist".directories =`;
  assert.equal(await isSafe(`{ ${persist} [ "/etc/pam.d" "/srv" ]; }`), true);
  assert.equal(
    await isSafe(`let kept = [ "/etc/pam.d" "/srv" ]; in { ${persist} kept; services.restic.backups.x.paths = kept; }`),
    false,
  );
});
