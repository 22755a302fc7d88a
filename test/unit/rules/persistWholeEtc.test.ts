import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, expectFindings, findingsOf } from "../markedSources.ts";
import { reportedTexts } from "./reportedTexts.ts";

const rule = "persist-whole-etc";

test("a persisted /etc that the initrd mounts is found", async () => {
  await expectFindings(
    rule,
    `
{ lib, ... }:
{
  environment.persistence."/persist".directories = lib.mkBefore [ "/etc/" ];
#                                                                 ^^^^^^^ persist-whole-etc warning
  preservation.preserveAt."/state".directories = [ { directory = "/etc"; inInitrd = true; } ];
#                                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ persist-whole-etc
}
`,
  );
});

test("single directories, and a late mount, are no matter of this rule", async () => {
  assert.deepEqual(
    await reportedTexts(
      rule,
      `
{
  environment.persistence."/persist".directories = [ "/etc/nixos" "/etcetera" "/srv/etc" ];
  preservation.preserveAt."/state".directories = [ "/etc" ];
  services.restic.backups.x.paths = [ "/etc" ];
}
`,
    ),
    [],
  );
});

test("a comment silences", async () => {
  const module = `{ environment.persistence."/p".directories = [ "/etc" ]; } # nixos-vps: ignore ${rule}`;
  assert.deepEqual(await reportedTexts(rule, module), []);
});

test("fix: the state in /etc takes its place", async () => {
  const files = await applyFix(
    rule,
    `--@ module.nix
{
  networking.networkmanager.enable = false;
  environment.persistence."/persist" = {
    directories = [
      "/var/lib"
      "/etc"
    ];
  };
}
`,
  );
  assert.equal(
    files["module.nix"],
    `{
  networking.networkmanager.enable = false;
  environment.persistence."/persist" = {
    directories = [
      "/var/lib"
      "/etc/nixos"
    ];
    files = [
      "/etc/machine-id"
      "/etc/ssh/ssh_host_ed25519_key"
      "/etc/ssh/ssh_host_ed25519_key.pub"
      "/etc/ssh/ssh_host_rsa_key"
      "/etc/ssh/ssh_host_rsa_key.pub"
    ];
  };
}
`,
  );
  assert.deepEqual(await findingsOf(rule, files), []);
});

test("fix: preservation mounts the machine id early and links the host keys", async () => {
  const files = await applyFix(
    rule,
    `{ preservation.preserveAt."/state".directories = [ { directory = "/etc"; inInitrd = true; } "/srv" ]; }`,
  );
  assert.match(
    files["module.nix"] ?? "",
    /directories = \[ "\/etc\/nixos"\s+"\/etc\/NetworkManager\/system-connections" "\/srv" \];/,
  );
  assert.match(files["module.nix"] ?? "", /\{ file = "\/etc\/machine-id"; inInitrd = true; \}/);
  assert.match(
    files["module.nix"] ?? "",
    /\{ file = "\/etc\/ssh\/ssh_host_rsa_key"; how = "symlink"; configureParent = true; \}/,
  );
  assert.deepEqual(await findingsOf(rule, files), []);
});
