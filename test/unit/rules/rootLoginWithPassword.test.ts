import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "root-login-with-password";

const onHost = (module: string): Promise<string[]> => reportedTexts(rule, hostOf(module));

const enabled = "services.openssh.enable = true;";
const yes = `services.openssh.settings.PermitRootLogin = "yes";`;

test("root with a password, silenced per host by PasswordAuthentication in another module", async () => {
  const { findings } = await expectFindings(
    rule,
    `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.open = nixpkgs.lib.nixosSystem { modules = [ ./ssh.nix ]; };
    nixosConfigurations.closed = nixpkgs.lib.nixosSystem { modules = [ ./ssh.nix ./keys.nix ]; };
  };
}
--@ ssh.nix
{
  services.openssh = {
    enable = true;
    settings.PermitRootLogin = "yes";
#                              ^^^^^ root-login-with-password warning
  };
}
--@ keys.nix
{ services.openssh.settings.PasswordAuthentication = false; }
`,
  );
  assert.deepEqual(findings.find((finding) => finding.rule === rule)?.hosts, ["open"]);
});

test("every way to write it is followed", async () => {
  for (const [module, text] of [
    [`${enabled} services.openssh.permitRootLogin = "yes";`, `"yes"`],
    [`${enabled} services.openssh.settings = { PermitRootLogin = lib.mkForce "yes"; };`, `"yes"`],
    [`${enabled} services.openssh.settings.PermitRootLogin = lib.mkIf true "yes";`, `"yes"`],
    [
      `services.openssh = let PermitRootLogin = "yes"; in { enable = true; settings = { inherit PermitRootLogin; }; };`,
      `"yes"`,
    ],
    [
      `${enabled} services.openssh.settings = lib.mkMerge [ { PermitRootLogin = "yes"; } { PermitRootLogin = lib.mkDefault "no"; } ];`,
      `"yes"`,
    ],
    [`${enabled} ${yes} services.openssh.settings.PasswordAuthentication = lib.mkForce true;`, `"yes"`],
  ] as const)
    assert.deepEqual(await onHost(`{ lib, ... }: { ${module} }`), [`warning ${text}`], module);
});

test("with a password everybody tries it is an error, with an unknown sshd a hint of it", async () => {
  const { findings } = await checkSources(hostOf(`{ ${enabled} ${yes} users.users.root.initialPassword = "nixos"; }`));
  const found = findings.find((finding) => finding.rule === rule);
  assert.equal(found?.severity, "error");
  assert.equal(
    found?.message,
    `Anyone who reaches this machine can log in as root over SSH with the password "nixos".`,
  );
  assert.deepEqual(await onHost(`{ ${enabled} ${yes} users.users.root.initialPassword = "correct horse"; }`), [
    `warning "yes"`,
  ]);
  assert.deepEqual(
    await onHost(
      `{ config, ... }: { ${enabled} ${yes} services.openssh.settings.PasswordAuthentication = config.my.open; }`,
    ),
    [`info "yes"`],
  );
  assert.deepEqual(
    await onHost(`{ ${enabled} ${yes} services.openssh.settings.AuthenticationMethods = "publickey"; }`),
    [`info "yes"`],
  );
  assert.deepEqual(
    await onHost(`{ ${enabled} ${yes} services.openssh.extraConfig = "Match User root\\nPasswordAuthentication no"; }`),
    [`info "yes"`],
  );
});

test("keys only, no sshd, other sshds, text that has no effect, and throw-away systems are left alone", async () => {
  for (const module of [
    `{ ${enabled} }`,
    `{ ${enabled} services.openssh.settings.PermitRootLogin = "prohibit-password"; }`,
    `{ ${enabled} services.openssh.settings.PermitRootLogin = "no"; }`,
    `{ ${yes} }`,
    `{ ${yes} services.openssh.enable = false; }`,
    `{ ${enabled} ${yes} services.openssh.settings.PasswordAuthentication = false; }`,
    `{ ${enabled} ${yes} services.openssh.passwordAuthentication = false; }`,
    `{ lib, ... }: { ${enabled} services.openssh.settings.PermitRootLogin = lib.mkMerge [ (lib.mkDefault "yes") "no" ]; }`,
    `{ boot.initrd.network.ssh.enable = true; boot.initrd.network.ssh.extraConfig = "PermitRootLogin yes"; }`,
    `{ ${enabled} services.openssh.extraConfig = "PermitRootLogin yes"; }`,
    `{ ${enabled} containers.a.config.services.openssh.settings.PermitRootLogin = "yes"; }`,
    `{ ${enabled} virtualisation.vmVariant.services.openssh.settings.PermitRootLogin = "yes"; }`,
    `{ modulesPath, ... }: { imports = [ (modulesPath + "/profiles/installation-device.nix") ]; ${enabled} ${yes} }`,
    `{ ${enabled} ${yes} isoImage.volumeID = "x"; }`,
  ])
    assert.deepEqual(await onHost(module), [], module);
  assert.deepEqual(await reportedTexts(rule, `--@ tests/login.nix\n{ ${enabled} ${yes} }`), []);
  assert.deepEqual(
    await reportedTexts(
      rule,
      `--@ a.nix\n{ ${enabled} ${yes} }\n--@ b.nix\n{ services.openssh.settings.PasswordAuthentication = false; }`,
    ),
    [],
  );
});

test("a module that no host is known to import is left alone when a host takes no passwords", async () => {
  const flake = (on: string): string => `
--@ flake.nix
{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ { services.openssh.settings.PasswordAuthentication = ${on}; } ]; }; }; }
--@ a.nix
{ ${enabled} ${yes} }
`;
  assert.deepEqual(await reportedTexts(rule, flake("false")), []);
  assert.deepEqual(await reportedTexts(rule, flake("true")), [`warning "yes"`]);
});

test("a comment silences", async () => {
  assert.deepEqual(await onHost(`{\n  ${enabled}\n  # nixos-vps: ignore ${rule}\n  ${yes}\n}`), []);
});

test("the fixes; safe when root has a key", async () => {
  const key = `users.users.root.openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA" ];`;
  const module = `{\n  services.openssh = {\n    enable = true;\n    settings.PermitRootLogin = "yes"; # for nixos-anywhere\n  };\n}`;
  const withKey = module.replace("{\n", `{\n  ${key}\n`);
  const files = await applyFix(rule, hostOf(module));
  assert.equal(files["module.nix"], `${module.replace('"yes"', '"prohibit-password"')}\n`);
  assert.deepEqual(await findingsOf(rule, files), []);
  const both = await applyFix(rule, hostOf(withKey), "Let everybody in with a key only");
  assert.equal(
    both["module.nix"],
    `${withKey.replace('"yes"; # for nixos-anywhere', '"prohibit-password"; # for nixos-anywhere\n    settings.PasswordAuthentication = false;')}\n`,
  );
  const safety = async (source: string): Promise<(boolean | undefined)[]> => {
    const { findings } = await checkSources(hostOf(source));
    return findings.filter((finding) => finding.rule === rule).flatMap(({ fixes }) => fixes.map(({ safe }) => safe));
  };
  assert.deepEqual(await safety(module), [false]);
  assert.deepEqual(await safety(withKey), [true, false]);
  assert.deepEqual(await safety(withKey.replace(/\[.*\]/, "[ ]")), [false]);
});
