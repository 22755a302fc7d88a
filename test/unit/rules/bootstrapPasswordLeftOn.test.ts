import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../../../core/src/rules/finding.ts";
import { applyFix, checkSources, expectFindings, findingsOf, type MarkedSources } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "bootstrap-password-left-on";

const onHost = (module: string): Promise<string[]> => reportedTexts(rule, hostOf(module));

async function only(sources: MarkedSources): Promise<Finding> {
  const { findings } = await checkSources(sources);
  const [found, ...others] = findings.filter((finding) => finding.rule === rule);
  assert.ok(found && others.length === 0, JSON.stringify([found, ...others]));
  return found;
}

const sshd = "services.openssh.enable = true;";

test("passwords everybody tries; over SSH it is an error", async () => {
  await expectFindings(
    rule,
    `
--@ flake.nix
{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ]; }; }; }
--@ a.nix
{
  ${sshd}
  users.users.root.initialPassword = "nixos";
#                                    ^^^^^^^ bootstrap-password-left-on warning
  users.users.me = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    initialPassword = "Change-Me!";
#                     ^^^^^^^^^^^^ bootstrap-password-left-on error
  };
  users.extraUsers.anna.password = "anna";
#                                  ^^^^^^ bootstrap-password-left-on error
}
`,
  );
  assert.deepEqual(await onHost(`{ users.users.root.password = ""; }`), [`warning ""`]);
});

test("where one can get in decides how loud it is", async () => {
  const root = `users.users.root.initialPassword = "toor";`;
  for (const [module, severity] of [
    [`${sshd} ${root} services.openssh.settings.PermitRootLogin = "yes";`, "error"],
    [`${sshd} ${root} services.openssh.settings.PermitRootLogin = "prohibit-password";`, "warning"],
    [
      `${sshd} ${root} services.openssh.settings = { PermitRootLogin = "yes"; PasswordAuthentication = false; };`,
      "warning",
    ],
    [`${sshd} ${root} services.openssh = { permitRootLogin = "yes"; passwordAuthentication = false; };`, "warning"],
    [`${root} services.openssh.settings.PermitRootLogin = "yes";`, "warning"],
    [
      `${sshd} users.users.ci.initialPassword = "ci"; services.openssh.extraConfig = "Match User ci\\n  PasswordAuthentication no";`,
      "warning",
    ],
    [`${sshd} users.users.me = { password = ""; extraGroups = [ "wheel" ]; };`, "warning"],
    [`${root} users.users.root.hashedPasswordFile = "/var/lib/p";`, "hint"],
  ] as const)
    assert.deepEqual(
      (await onHost(`{ ${module} }`)).map((found) => found.split(" ")[0]),
      [severity],
      module,
    );
});

test("messages name the user, the password and the way in", async () => {
  const message = async (module: string): Promise<string> => (await only(hostOf(`{ ${module} }`))).message;
  assert.equal(
    await message(`users.users.root.initialPassword = "nixos";`),
    `The password of root is "nixos": whoever gets to the console, or runs a program on this machine, becomes root, until somebody changes it.`,
  );
  assert.equal(
    await message(`users.users.me.password = "me"; ${sshd}`),
    `The password of me is "me": anyone who reaches this machine can log in over SSH with it.`,
  );
  assert.equal(
    await message(`users.users.root.initialPassword = "nixos"; users.mutableUsers = false;`),
    `The password of root is "nixos": whoever gets to the console, or runs a program on this machine, becomes root.`,
  );
  assert.equal(
    await message(`users.users.root = { initialPassword = "nixos"; hashedPasswordFile = "/persist/p"; };`),
    `While its password file is missing, the password of root is "nixos": whoever gets to the console, or runs a program on this machine, becomes root.`,
  );
});

test("an option of the flake's own for the one user of all machines", async () => {
  const sources = (alias: string): MarkedSources => `
--@ flake.nix
{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./options.nix ./security.nix ]; }; }; }
--@ options.nix
{ config, options, lib, ... }: with lib; {
  options.user = mkOption { type = types.attrs; default = { }; };
  config = {
    user = { name = "anna"; extraGroups = [ "wheel" ]; };
    ${alias}
  };
}
--@ security.nix
{ user.initialPassword = "nixos"; }
`;
  for (const alias of [
    "users.users.${config.user.name} = mkAliasDefinitions options.user;",
    "users.users.${config.user.name} = config.user;",
    "users.users.anna = config.user;",
  ]) {
    const found = await only(sources(alias));
    assert.match(found.message, /^The password of anna is "nixos"/, alias);
    assert.match(found.file, /security\.nix$/);
  }
  // The option that makes it a user may stand where it is not found.
  assert.match((await only(sources(""))).message, /^The password of this user is "nixos"/);
  const renamed = `{ lib, ... }: { imports = [ (lib.mkAliasOptionModule [ "me" ] [ "users" "users" "anna" ]) ]; me.password = "nixos"; }`;
  assert.deepEqual(await onHost(renamed), [`warning "nixos"`]);
});

test("good passwords, hashes, passwords that never count and throw-away systems are left alone", async () => {
  for (const module of [
    `{ users.users.root.initialPassword = "correct horse"; }`,
    `{ users.users.root.initialHashedPassword = ""; users.users.root.hashedPassword = "nixos"; }`,
    `{ users.users.guest.initialPassword = ""; }`,
    `{ users.users.me = { password = "nixos"; hashedPasswordFile = "/persist/p"; }; }`,
    `{ lib, ... }: { users.users.root = lib.mkMerge [ { initialPassword = "nixos"; } { initialPassword = lib.mkForce null; } ]; }`,
    `{ virtualisation.vmVariant.users.users.root.initialPassword = "nixos"; }`,
    `{ containers.a.config.users.users.root.initialPassword = "nixos"; }`,
    `{ services.xserver.displayManager.autoLogin.user.initialPassword = "nixos"; services.mysql.initialPassword = "root"; }`,
    `{ lib, ... }: { options.my.password = lib.mkOption { default = "nixos"; example = "root"; }; config.users.users.me.hashedPassword = "$6$x"; }`,
    `{ lib, config, ... }: { options.my.on = lib.mkEnableOption "x"; config.users.users = lib.mkIf config.my.on { root.initialPassword = "nixos"; }; }`,
    `{ modulesPath, ... }: { imports = [ "\${modulesPath}/installer/netboot/netboot-minimal.nix" ]; users.users.root.initialPassword = "nixos"; }`,
    `{ isoImage.volumeID = "x"; users.users.nixos.password = "nixos"; }`,
    `{ microvm.guest.enable = true; users.users.root.password = "root"; }`,
  ])
    assert.deepEqual(await onHost(module), [], module);
  assert.deepEqual(await reportedTexts(rule, `--@ iso/user.nix\n{ users.users.nixos.password = "nixos"; }`), []);
});

/** A host whose passwords come from where an option of the flake's own says. */
const modes = (host: string, secret = ""): MarkedSources => `
--@ flake.nix
{ outputs = { nixpkgs, ... }: { nixosConfigurations.vps = nixpkgs.lib.nixosSystem { modules = [ ./security.nix ./vps.nix ]; }; }; }
--@ security.nix
{ config, lib, ... }:
let
  cfg = config.modules.security;
  secret = ./secrets/\${config.networking.hostName}.age;
in
{
  options.modules.security.login = lib.mkOption {
    type = lib.types.enum [ "bootstrap" "deploy" "none" ];
    default = "deploy";
  };
  config = lib.mkMerge [
    (lib.mkIf (cfg.login == "bootstrap") {
      users.mutableUsers = true;
      users.users.root.initialPassword = "nixos";
    })
    (lib.mkIf (cfg.login == "deploy" && builtins.pathExists secret) {
      age.secrets.root.file = secret;
      users.users.root.hashedPasswordFile = config.age.secrets.root.path;
    })
  ];
}
--@ vps.nix
{
  networking.hostName = "vps";
  ${host}
}
${secret && `--@ secrets/vps.age\n${secret}\n`}`;

test("a mode left on is reported where the host sets it, louder once the secret is there", async () => {
  const before = await only(modes(`modules.security.login = "bootstrap";`));
  assert.equal(before.severity, "info");
  assert.match(before.file, /vps\.nix$/);
  assert.match(before.message, /Change it to "deploy" as soon as the machine has its secret\.$/);
  assert.match(before.related[0]?.file ?? "", /security\.nix$/);
  assert.deepEqual(before.fixes, []);
  const after = await only(modes(`modules.security.login = "bootstrap";`, "age"));
  assert.equal(after.severity, "warning");
  const exposed = await only(
    modes(`modules.security.login = "bootstrap"; ${sshd} services.openssh.settings.PermitRootLogin = "yes";`),
  );
  assert.equal(exposed.severity, "error");
  for (const host of ["", `modules.security.login = "deploy";`, `modules.security.login = "none";`])
    assert.deepEqual(await reportedTexts(rule, modes(host)), [], host);
});

test("a switch for more than passwords is no mode: the password itself is reported", async () => {
  const sources = modes(`modules.security.login = "bootstrap";`).replace(
    "users.mutableUsers = true;",
    `users.mutableUsers = true; services.nginx.enable = true;`,
  );
  assert.match((await only(sources)).file, /security\.nix$/);
});

test("the fix for a mode", async () => {
  const files = await applyFix(rule, modes(`modules.security.login = "bootstrap"; # for now`, "age"));
  assert.equal(
    files["vps.nix"],
    `{\n  networking.hostName = "vps";\n  modules.security.login = "deploy"; # for now\n}\n`,
  );
  assert.deepEqual(await findingsOf(rule, files), []);
  assert.deepEqual(
    await findingsOf("password-guarded-by-pathexists", files).then((found) => found.map(({ severity }) => severity)),
    ["hint"],
  );
});

async function fixed(module: string): Promise<string | undefined> {
  const files = await applyFix(rule, hostOf(module));
  assert.deepEqual(await findingsOf(rule, files), []);
  return files["module.nix"];
}

test("the fix for a password", async () => {
  assert.equal(
    await fixed(`{\n  users.users.root.initialPassword = "nixos"; # change me later\n}`),
    `{\n  users.users.root.hashedPasswordFile = "/var/lib/passwords/root"; # change me later\n}\n`,
  );
  assert.equal(
    await fixed(`{ lib, ... }: { users.users = { root = { initialPassword = lib.mkDefault "nixos"; }; }; }`),
    `{ lib, ... }: { users.users = { root = { hashedPasswordFile = "/var/lib/passwords/root"; }; }; }\n`,
  );
  assert.equal(
    await fixed(
      `{\n  users.users.root = {\n    # fallback\n    initialPassword = "nixos";\n    hashedPasswordFile = "/var/lib/p";\n  };\n}`,
    ),
    `{\n  users.users.root = {\n    # fallback\n    hashedPasswordFile = "/var/lib/p";\n  };\n}\n`,
  );
});

test("a comment silences", async () => {
  assert.deepEqual(
    await onHost(`{\n  # nixos-vps: ignore ${rule}: a lab\n  users.users.root.initialPassword = "nixos";\n}`),
    [],
  );
});
