import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, expectFindings, findingsOf } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "preservation-hostkey-bindmount";

const reported = (module: string): Promise<string[]> => reportedTexts(rule, `--@ module.nix\n${module}`);

const inList = (entry: string): string => `{ preservation.preserveAt."/persist".files = [ ${entry} ]; }`;

test("host keys that are bind mounts are underlined", async () => {
  const { findings } = await expectFindings(
    rule,
    `
{ config, lib, ... }:
let
  keys = [ "/etc/ssh/ssh_host_rsa_key" ];
  #        ^^^^^^^^^^^^^^^^^^^^^^^^^^^ preservation-hostkey-bindmount error
in
{
  services.openssh.enable = true;
  preservation = {
    enable = true;
    preserveAt."/persist".files = keys ++ [
      "/etc/machine-id"
      { file = "/etc/ssh/ssh_host_ed25519_key"; mode = "0644"; }
#     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ preservation-hostkey-bindmount
      { file = "/etc/ssh/initrd/ssh_host_ed25519_key"; how = "bindmount"; }
#     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ preservation-hostkey-bindmount
      "/etc/ssh/ssh_host_ed25519_key.pub"
    ];
  };
}
`,
  );
  const message = findings.find((finding) => finding.rule === rule)?.message ?? "";
  assert.match(message, /^sshd gets no host key: preservation mounts an empty file .* on \/etc\/ssh\/ssh_host_rsa_key/);
});

test("symlinks, keys with their mode, other stores and a machine without sshd are left alone", async () => {
  const key = `"/etc/ssh/ssh_host_ed25519_key"`;
  assert.equal((await reported(inList(key))).length, 1);
  assert.deepEqual(await reported(inList(`{ file = ${key}; how = "symlink"; configureParent = true; }`)), []);
  assert.deepEqual(await reported(inList(`{ file = ${key}; mode = "0600"; inInitrd = true; }`)), []);
  assert.deepEqual(await reported(`{ how, ... }: ${inList(`{ file = ${key}; inherit how; }`)}`), []);
  assert.deepEqual(await reported(`{ environment.persistence."/persist".files = [ ${key} ]; }`), []);
  assert.deepEqual(await reportedTexts(rule, hostOf(inList(key))), []);
  const helper = `(map (file: { inherit file; how = "symlink"; }) [ ${key} ])`;
  assert.deepEqual(await reported(`{ preservation.preserveAt."/persist".files = ${helper}; }`), []);
});

test("a comment silences", async () => {
  assert.deepEqual(
    await reported(`{
  # nixos-vps: ignore ${rule}
  preservation.preserveAt."/persist".files = [ "/etc/ssh/ssh_host_rsa_key" ];
}`),
    [],
  );
});

async function fixed(module: string): Promise<string | undefined> {
  const files = await applyFix(rule, `--@ module.nix\n${module}`);
  assert.deepEqual(await findingsOf(rule, files), []);
  return files["module.nix"];
}

test("the fix keeps the key behind a symlink", async () => {
  assert.equal(
    await fixed(`${inList(`"/etc/ssh/ssh_host_rsa_key"`)}\n`),
    `${inList(`{ file = "/etc/ssh/ssh_host_rsa_key"; how = "symlink"; configureParent = true; }`)}\n`,
  );
  assert.equal(
    await fixed(`${inList(`{ file = "/etc/ssh/ssh_host_rsa_key"; how = "bindmount"; }`)}\n`),
    `${inList(`{ file = "/etc/ssh/ssh_host_rsa_key"; configureParent = true; how = "symlink"; }`)}\n`,
  );
});
