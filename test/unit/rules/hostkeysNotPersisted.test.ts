import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, expectFindings, findingsOf } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "hostkeys-not-persisted";

/** The rule's findings in a host that has a module, sshd and a root on tmpfs. */
const onHost = (module: string): Promise<string[]> =>
  reportedTexts(
    rule,
    hostOf(
      `{ lib, ... }: { imports = [ ${module} { fileSystems."/".fsType = "tmpfs"; services.openssh.enable = lib.mkDefault true; } ]; }`,
    ),
  );

const log = `environment.persistence."/persist".directories = [ "/var/log" ];`;

test("host keys that nothing keeps are told of at the list of directories", async () => {
  const { findings } = await expectFindings(
    rule,
    hostOf(`{ config, ... }:
{
  fileSystems."/" = { device = "none"; fsType = "tmpfs"; };
  services.openssh.enable = true;
  age.identityPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
  environment.persistence."/persist" = {
    directories = [ "/var/log" "/var/lib/nixos" ];
#   ^^^^^^^^^^^ hostkeys-not-persisted warning
    files = [ "/etc/machine-id" ];
  };
}`),
  );
  const message = findings.find((finding) => finding.rule === rule)?.message ?? "";
  assert.match(message, /^Nothing keeps the SSH host keys: each boot makes new ones/);
});

test("of two keys the one that is not kept is told of", async () => {
  const key = `"/etc/ssh/ssh_host_ed25519_key"`;
  const one = `{ environment.persistence."/persist".files = [ ${key} "/etc/ssh/ssh_host_ed25519_key.pub" ]; }`;
  assert.deepEqual(await onHost(one), [`info ${key}`]);
  const stays = `{ services.openssh.enable = true; fileSystems."/" = { device = "z/r"; fsType = "zfs"; }; imports = [ ${one} ]; }`;
  assert.deepEqual(await reportedTexts(rule, hostOf(stays)), []);
  const settings = `{ services.openssh.hostKeys = [ { type = "ed25519"; path = ${key}; } ]; }`;
  assert.deepEqual(await onHost(`${one} ${settings}`), []);
});

test("keys that are kept, or kept elsewhere, and machines without sshd are left alone", async () => {
  assert.equal((await onHost(`{ ${log} }`)).length, 1);
  for (const module of [
    `{ environment.persistence."/persist".directories = [ "/etc/ssh" ]; }`,
    `{ preservation.preserveAt."/p".directories = [ { directory = "/etc"; inInitrd = true; } ]; }`,
    `{ ${log} fileSystems."/etc/ssh" = { device = "z/ssh"; fsType = "zfs"; neededForBoot = true; }; }`,
    `{ ${log} services.openssh.hostKeys = [ { type = "ed25519"; path = "/persist/etc/ssh/key"; } ]; }`,
    `{ ${log} services.openssh.hostKeys = [ ]; }`,
    `{ ${log} environment.etc."ssh/ssh_host_rsa_key".source = "/persist/key"; }`,
    `{ ${log} age.identityPaths = [ "/persist/etc/ssh/ssh_host_ed25519_key" ]; }`,
    `{ ${log} services.openssh.enable = false; }`,
    `{ ${log} boot.isContainer = true; }`,
    `{ microvm.hypervisor = "qemu"; ${log} }`,
  ])
    assert.deepEqual(await onHost(module), [], module);
});

test("without known hosts nothing in the whole flake may name a key", async () => {
  const base = `--@ module.nix\n{ ${log} services.openssh.enable = true; }\n`;
  assert.deepEqual(await reportedTexts(rule, base), ["warning directories"]);
  assert.deepEqual(await reportedTexts(rule, `${base}--@ keys.nix\n[ "/etc/ssh/ssh_host_rsa_key" ]`), []);
});

test("a comment silences", async () => {
  const silenced = `{\n  # nixos-vps: ignore ${rule}\n  ${log}\n}`;
  assert.deepEqual(await onHost(silenced), []);
});

test("the fix keeps both keys", async () => {
  const module = (persistence: string): string => `{
  fileSystems."/".fsType = "tmpfs";
  services.openssh.enable = true;
  ${persistence}
}`;
  const fixed = async (persistence: string): Promise<string | undefined> => {
    const files = await applyFix(rule, hostOf(module(persistence)));
    assert.deepEqual(await findingsOf(rule, files), []);
    return files["module.nix"];
  };
  assert.equal(
    await fixed(log),
    `${module(`${log}
  environment.persistence."/persist".files = [
    "/etc/ssh/ssh_host_ed25519_key"
    "/etc/ssh/ssh_host_ed25519_key.pub"
    "/etc/ssh/ssh_host_rsa_key"
    "/etc/ssh/ssh_host_rsa_key.pub"
  ];`)}\n`,
  );
  assert.equal(
    await fixed(`preservation.preserveAt."/p" = { directories = [ "/var/log" ]; files = [ "/etc/adjtime" ]; };`),
    `${module(
      `preservation.preserveAt."/p" = { directories = [ "/var/log" ]; files = [
    "/etc/adjtime"
    { file = "/etc/ssh/ssh_host_ed25519_key"; how = "symlink"; configureParent = true; }
    { file = "/etc/ssh/ssh_host_rsa_key"; how = "symlink"; configureParent = true; }
  ]; };`,
    )}\n`,
  );
});
