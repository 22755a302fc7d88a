import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "initial-password-reapplied";

const onHost = (module: string): Promise<string[]> => reportedTexts(rule, hostOf(module));

const root = `fileSystems."/" = { device = "none"; fsType = "tmpfs"; };`;
const user = `users.users.me.initialPassword = "correct horse";`;

test("initial passwords on a root that is wiped, from another module", async () => {
  const { findings } = await expectFindings(
    rule,
    `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.wiped = nixpkgs.lib.nixosSystem { modules = [ ./users.nix ./wiped.nix ]; };
    nixosConfigurations.kept = nixpkgs.lib.nixosSystem { modules = [ ./users.nix ]; };
  };
}
--@ users.nix
{
  users.users.me = {
    isNormalUser = true;
    initialPassword = "correct horse";
#   ^^^^^^^^^^^^^^^ initial-password-reapplied warning
  };
}
--@ wiped.nix
{ ${root} }
`,
  );
  const found = findings.find((finding) => finding.rule === rule);
  assert.deepEqual(found?.hosts, ["wiped"]);
  assert.equal(
    found?.message,
    "The password of me comes back with every boot: /etc/shadow is empty each time, so what passwd sets does not stay.",
  );
});

test("how sure and how bad it is decides how loud it is", async () => {
  for (const [module, severity] of [
    [`${root} users.users.me.initialHashedPassword = "$6$x";`, "info"],
    [`${root} users.users.root.initialPassword = "nixos";`, "warning"],
    [
      `${root} users.users.root.initialPassword = "nixos"; services.openssh = { enable = true; settings.PermitRootLogin = "yes"; };`,
      "error",
    ],
    [`${user} boot.initrd.postDeviceCommands = "zfs rollback -r rpool/root@blank";`, "warning"],
    [`${user} environment.persistence."/persist".directories = [ "/var/lib" ];`, "hint"],
  ] as const)
    assert.deepEqual(
      (await onHost(`{ lib, ... }: { ${module} }`)).map((found) => found.split(" ")[0]),
      [severity],
      module,
    );
});

test("a root that stays, users that cannot change, locked users and throw-away systems are left alone", async () => {
  for (const module of [
    `{ ${user} }`,
    `{ ${user} fileSystems."/" = { device = "/dev/vda1"; fsType = "ext4"; }; }`,
    `{ ${root} ${user} users.mutableUsers = false; }`,
    `{ ${root} users.users.me.initialHashedPassword = "!"; }`,
    `{ ${root} users.users.me.hashedPassword = "$6$x"; }`,
    `{ ${root} ${user} users.users.me.hashedPasswordFile = "/nix/persist/me"; }`,
    `{ ${root} ${user} environment.persistence."/persist".directories = [ "/etc" ]; }`,
    `{ ${root} ${user} isoImage.volumeID = "x"; }`,
    `{ ${root} virtualisation.vmVariant.users.users.me.initialPassword = "x"; }`,
  ])
    assert.deepEqual(await onHost(module), [], module);
});

test("a comment silences", async () => {
  assert.deepEqual(await onHost(`{\n  ${root}\n  # nixos-vps: ignore ${rule}\n  ${user}\n}`), []);
});

test("the fix reads a hash that is kept", async () => {
  const module = `{
  ${root}
  environment.persistence."/persist".directories = [ "/var/lib" ];
  users.users.me.initialPassword = "correct horse";
}`;
  const files = await applyFix(rule, hostOf(module));
  assert.equal(
    files["module.nix"],
    `${module.replace(/initialPassword.*;/, 'hashedPasswordFile = "/persist/passwords/me";')}\n`,
  );
  assert.deepEqual(await findingsOf(rule, files), []);
});

test("a name that is not known is not made up", async () => {
  const { findings } = await checkSources(
    hostOf(`{ config, ... }: { ${root} users.users.\${config.my.name}.initialPassword = "x y z"; }`),
  );
  const found = findings.find((finding) => finding.rule === rule);
  assert.match(found?.message ?? "", /^The password of this user comes back/);
  assert.deepEqual(found?.fixes, []);
});
