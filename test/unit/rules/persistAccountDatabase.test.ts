import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, expectFindings, findingsOf } from "../markedSources.ts";
import { reportedTexts } from "./reportedTexts.ts";

const rule = "persist-account-database";

test("the databases of users and groups are found, with their backups and subordinate ids", async () => {
  await expectFindings(
    rule,
    `
{ lib, ... }:
{
  environment.persistence."/persist".files = [
    "/etc/machine-id"
    "/etc/passwd"
#   ^^^^^^^^^^^^^ persist-account-database error
    { file = "/etc/shadow-"; method = "symlink"; }
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ persist-account-database
  ] ++ map (name: "/etc/\${name}") [ "group" ];
#                                   ^^^^^^^ persist-account-database
  preservation.preserveAt."/state".files = lib.mkAfter [ "/etc/subuid" ];
#                                                        ^^^^^^^^^^^^^ persist-account-database
  environment.etc.shadow.source = "/persist/etc/shadow";
#                 ^^^^^^ persist-account-database
  my.persist.files = [ "/etc/gshadow" ];
#                      ^^^^^^^^^^^^^^ persist-account-database hint
}
`,
  );
});

test("other uses of these files are left alone", async () => {
  assert.deepEqual(
    await reportedTexts(
      rule,
      `
{
  systemd.services.app.serviceConfig.BindReadOnlyPaths = [ "/etc/passwd" "/etc/group" ];
  environment.persistence."/persist".files = [ "/etc/passwd.d/x" "/srv/etc/shadow" "/var/lib/passwd" ];
  environment.persistence."/persist".directories = [ "/etc/group" ];
  environment.persistence."/persist".users.me.files = [ "etc/passwd" ];
  environment.etc."subuid".text = "me:100000:65536";
  users.users.me.hashedPasswordFile = "/persist/passwd/me";
  services.restic.backups.all.paths = [ "/etc/passwd" ];
  # environment.persistence."/persist".files = [ "/etc/shadow" ];
}
`,
    ),
    [],
  );
});

test("a comment silences", async () => {
  const module = `{ environment.persistence."/p".files = [ "/etc/group" ]; } # nixos-vps: ignore ${rule}`;
  assert.deepEqual(await reportedTexts(rule, module), []);
});

test("fix: the entry goes", async () => {
  const module = `{
  environment.persistence."/persist".files = [ "/etc/machine-id" "/etc/group" ];
}
`;
  const files = await applyFix(rule, `--@ module.nix\n${module}`);
  assert.equal(files["module.nix"], module.replace(` "/etc/group"`, ""));
  assert.deepEqual(await findingsOf(rule, files), []);
});
