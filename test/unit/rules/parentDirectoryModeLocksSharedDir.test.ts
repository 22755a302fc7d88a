import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, expectFindings, findingsOf } from "../markedSources.ts";
import { reportedTexts } from "./reportedTexts.ts";

const rule = "parent-directory-mode-locks-shared-dir";

const reported = (file: string): Promise<string[]> =>
  reportedTexts(rule, `--@ module.nix\n{ mode, ... }: { environment.persistence."/persist".files = [ ${file} ]; }`);

const withMode = (path: string, mode: string): string => `{ file = "${path}"; parentDirectory = { mode = ${mode}; }; }`;

test("the mode that closes a directory of the system is underlined", async () => {
  const { findings } = await expectFindings(
    rule,
    `
{
  environment.persistence."/persist".files = [
    { file = "/etc/nix/id_rsa"; parentDirectory = { mode = "u=rwx,g=,o="; }; }
#                                                          ^^^^^^^^^^^^^ parent-directory-mode-locks-shared-dir warning
    { file = "/etc/key"; parentDirectory.mode = "0700"; }
#                                               ^^^^^^ parent-directory-mode-locks-shared-dir
  ];
  preservation.preserveAt."/state".files = [
    { file = "/etc/ssh/ssh_host_rsa_key"; how = "symlink"; configureParent = true; parent.mode = "0750"; }
#                                                                                                ^^^^^^ parent-directory-mode-locks-shared-dir
  ];
}
`,
  );
  assert.equal(
    findings.find((finding) => finding.rule === rule)?.message,
    "Only root can look into /etc/nix: this mode is set on the directory of the system itself, so no user can read /etc/nix/nix.conf.",
  );
});

test("open modes, own directories and homes are left alone", async () => {
  assert.equal((await reported(withMode("/etc/nix/key", `"0700"`))).length, 1);
  for (const mode of [`"0755"`, `"0711"`, `"u=rwx,g=rx,o=rx"`, `"a=rx"`, `"u=rwx"`, "mode"])
    assert.deepEqual(await reported(withMode("/etc/nix/key", mode)), [], mode);
  assert.deepEqual(await reported(withMode("/var/keys/secret", `"0700"`)), []);
  assert.deepEqual(await reported(withMode("/etc/wireguard/key", `"0700"`)), []);
  assert.deepEqual(await reported(`{ file = "/etc/nix/key"; mode = "0600"; }`), []);
  const home = `environment.persistence."/p".users.me.files = [ ${withMode(".ssh/id", `"0700"`)} ];`;
  assert.deepEqual(await reportedTexts(rule, `--@ module.nix\n{ ${home} }`), []);
  const unconfigured = `preservation.preserveAt."/p".files = [ { file = "/etc/nix/key"; parent.mode = "0700"; } ];`;
  assert.deepEqual(await reportedTexts(rule, `--@ module.nix\n{ ${unconfigured} }`), []);
});

test("a comment silences", async () => {
  const comment = `\n# nixos-vps: ignore ${rule}\n`;
  assert.deepEqual(await reported(`${comment}${withMode("/etc/nix/key", `"0700"`)}`), []);
});

test("the fix opens the directory", async () => {
  const module = (mode: string): string =>
    `{ environment.persistence."/persist".files = [ ${withMode("/etc/nix/key", mode)} ]; }\n`;
  const files = await applyFix(rule, `--@ module.nix\n${module(`"0700"`)}`);
  assert.equal(files["module.nix"], module(`"0755"`));
  assert.deepEqual(await findingsOf(rule, files), []);
});
