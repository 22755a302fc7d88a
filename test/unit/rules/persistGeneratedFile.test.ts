import assert from "node:assert/strict";
import { test } from "node:test";
import generated from "../../../core/src/rules/data/etcGenerated.json" with { type: "json" };
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";
import { reportedTexts } from "./reportedTexts.ts";

const rule = "persist-generated-file";

test("files that NixOS writes are found in every form", async () => {
  await expectFindings(
    rule,
    `
{ lib, ... }:
let
  file = "/etc/nix/nix.conf";
in
{
  environment.persistence."/persist" = {
    files = [
      "/etc/hosts"
#     ^^^^^^^^^^^^ persist-generated-file error
      { file = "/etc/fstab"; method = "symlink"; }
#     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ persist-generated-file
      file
#     ^^^^ persist-generated-file
    ] ++ lib.optional true "/etc/ssh/ssh_config";
#                          ^^^^^^^^^^^^^^^^^^^^^ persist-generated-file
  };
  preservation.preserveAt."/state".files = [ "/etc/NIXOS" ];
#                                            ^^^^^^^^^^^^ persist-generated-file
  my.persist.files = [ "/etc/hostname" ];
#                      ^^^^^^^^^^^^^^^ persist-generated-file hint
}
`,
  );
});

test("files that are state are left alone", async () => {
  const safe = generated.safe.filter(({ kind }) => kind === "file").map(({ path }) => `"${path}"`);
  assert.ok(safe.length > 5);
  assert.deepEqual(
    await reportedTexts(
      rule,
      `
{
  environment.etc.passwd.source = "/persist/passwd";
  environment.persistence."/persist" = {
    files = [ ${safe.join(" ")} "/srv/etc/hosts" "/etc/passwd" ];
    directories = [ "/etc/hosts" ];
    users.me.files = [ "etc/hosts" ];
  };
}
`,
    ),
    [],
  );
});

test("what an option brings is generated when the option says so", async () => {
  const reported = (settings: string): Promise<string[]> =>
    reportedTexts(
      rule,
      `{ environment.persistence."/p".files = [ "/etc/localtime" "/etc/adjtime" "/etc/resolv.conf" "/etc/ssh/sshd_config" "/etc/sudoers" ]; ${settings} }`,
    );
  assert.deepEqual(await reported(""), [`error "/etc/sudoers"`]);
  assert.deepEqual(await reported("time.timeZone = null; security.sudo.enable = false;"), []);
  assert.deepEqual(
    await reported(
      `time = { timeZone = "Europe/Berlin"; hardwareClockInLocalTime = true; }; services.resolved.enable = true; services.openssh.enable = true; security.sudo.enable = false;`,
    ),
    [`error "/etc/localtime"`, `error "/etc/adjtime"`, `error "/etc/resolv.conf"`, `error "/etc/ssh/sshd_config"`],
  );
});

test("a file that the flake itself writes is pointed at", async () => {
  const { findings, files } = await checkSources(`
--@ kept.nix
{ environment.persistence."/persist".files = [ "/etc/app.conf" ]; }
--@ app.nix
{ environment.etc."app.conf".text = "x"; }
`);
  const [found] = findings.filter((finding) => finding.rule === rule);
  const [related] = found?.related ?? [];
  assert.equal(files["app.nix"]?.slice(related?.start, related?.end), `"app.conf"`);
});

test("the message names the failure", async () => {
  const { findings } = await checkSources(`{ environment.persistence."/persist".files = [ "/etc/hosts" ]; }`);
  assert.equal(
    findings.find((finding) => finding.rule === rule)?.message,
    `Persisting /etc/hosts fails at each boot with "A file already exists at /etc/hosts!": NixOS generates it. Nothing in it is state.`,
  );
});

test("a comment silences", async () => {
  const module = `{ environment.persistence."/p".files = [ "/etc/hosts" ]; } # nixos-vps: ignore ${rule}`;
  assert.deepEqual(await reportedTexts(rule, module), []);
});

test("fix: the entry goes, and the list with the last one", async () => {
  const module = `{
  environment.persistence."/persist" = {
    hideMounts = true;
    files = [
      "/etc/machine-id"
      "/etc/hosts" # names
    ];
  };
}
`;
  const files = await applyFix(rule, `--@ module.nix\n${module}`);
  assert.equal(files["module.nix"], module.replace(`      "/etc/hosts" # names\n`, ""));
  assert.deepEqual(await findingsOf(rule, files), []);
  const sole = module.replace(`      "/etc/machine-id"\n`, "").replace(" # names", "");
  assert.equal(
    (await applyFix(rule, `--@ module.nix\n${sole}`))["module.nix"],
    `{
  environment.persistence."/persist" = {
    hideMounts = true;
  };
}
`,
  );
});
