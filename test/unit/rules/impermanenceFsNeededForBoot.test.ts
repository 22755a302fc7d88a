import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf, type MarkedSources } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "impermanence-fs-needed-for-boot";

function lock(lastModified: number): string {
  const locked = { type: "github", owner: "nix-community", repo: "impermanence", lastModified };
  return JSON.stringify({ nodes: { impermanence: { locked }, root: {} }, root: "root", version: 7 });
}

const newLock = lock(1_768_000_000);

const withLock = (module: string, text = newLock): MarkedSources => hostOf(module, text);

const persisted = `environment.persistence."/persist".directories = [ "/etc/ssh" ];`;

test("neededForBoot for a directory of the locked impermanence is found in every form", async () => {
  await expectFindings(
    rule,
    withLock(`
{ lib, config, ... }:
{
  environment.persistence."/persist".directories = [ "/etc/ssh/" { directory = "/var/lib/secrets"; } "/srv" ];
  fileSystems."/etc/ssh".neededForBoot = true;
#                        ^^^^^^^^^^^^^ impermanence-fs-needed-for-boot error
  fileSystems."/var/lib/secrets" = {
    neededForBoot = lib.mkForce true;
#   ^^^^^^^^^^^^^ impermanence-fs-needed-for-boot
  };
}
`),
  );
});

test("an entry with a device, another directory, false, and an older or unknown lock are left alone", async () => {
  const reported = (module: string, text?: string): Promise<string[]> => reportedTexts(rule, withLock(module, text));
  const line = `fileSystems."/etc/ssh".neededForBoot = true;`;
  assert.deepEqual(await reported(`{ ${persisted} ${line} }`), ["error neededForBoot"]);
  assert.deepEqual(await reported(`{ ${persisted} ${line} fileSystems."/etc/ssh".device = "zroot/ssh"; }`), []);
  assert.deepEqual(
    await reported(
      `{ ${persisted} ${line} disko.devices.zpool.z.datasets.ssh = { type = "zfs_fs"; mountpoint = "/etc/ssh"; }; }`,
    ),
    [],
  );
  assert.deepEqual(await reported(`{ ${persisted} fileSystems."/persist".neededForBoot = true; }`), []);
  assert.deepEqual(await reported(`{ ${persisted} fileSystems."/etc/ssh".neededForBoot = false; }`), []);
  assert.deepEqual(await reported(`{ preservation.preserveAt."/p".directories = [ "/etc/ssh" ]; ${line} }`), []);
  assert.deepEqual(await reported(`{ ${persisted} ${line} }`, lock(1_758_000_000)), []);
  assert.deepEqual(await reported(`{ ${persisted} ${line} }`, "{}"), []);
});

test("with an older impermanence the line is right: nothing is hidden", async () => {
  const module = `{ ${persisted} fileSystems."/etc/ssh".neededForBoot = true; }`;
  assert.deepEqual(await reportedTexts("persist-dir-shadows-etc", withLock(module, lock(1_758_000_000))), []);
});

test("a comment silences", async () => {
  const module = `{
  ${persisted}
  # nixos-vps: ignore ${rule}
  fileSystems."/etc/ssh".neededForBoot = true;
}`;
  assert.deepEqual(await reportedTexts(rule, withLock(module)), []);
});

async function fixed(module: string, title?: string): Promise<string | undefined> {
  const files = await applyFix(rule, withLock(module), title);
  assert.deepEqual(await findingsOf(rule, files), []);
  assert.deepEqual(await findingsOf("persist-dir-shadows-etc", files), []);
  return files["module.nix"];
}

test("fix: the host keys stay on the store, and both lines go", async () => {
  assert.equal(
    await fixed(`{
  services.openssh.enable = true;
  environment.persistence."/persist".directories = [ "/etc/ssh" ];
  # agenix needs the keys
  fileSystems."/etc/ssh".neededForBoot = true;
  age.secrets.x.file = ./x.age;
}
`),
    `{
  services.openssh.enable = true;
  services.openssh.hostKeys = [
    { type = "ed25519"; path = "/persist/etc/ssh/ssh_host_ed25519_key"; }
    { type = "rsa"; bits = 4096; path = "/persist/etc/ssh/ssh_host_rsa_key"; }
  ];
  # agenix needs the keys
  age.secrets.x.file = ./x.age;
}
`,
  );
});

test("fix: an empty set is not left behind", async () => {
  assert.equal(
    await fixed(`{
  environment.persistence."/persist".directories = [ "/srv" ];
  fileSystems."/srv" = {
    neededForBoot = true;
  };
}
`),
    `{
  environment.persistence."/persist".directories = [ "/srv" ];
}
`,
  );
  assert.equal(
    await fixed(`{
  environment.persistence."/persist".directories = [ "/srv" ];
  fileSystems = {
    "/" = { device = "/dev/vda1"; };
    "/srv".neededForBoot = true;
  };
}
`),
    `{
  environment.persistence."/persist".directories = [ "/srv" ];
  fileSystems = {
    "/" = { device = "/dev/vda1"; };
  };
}
`,
  );
});

test("the other place is pointed at", async () => {
  const { findings, files } = await checkSources(
    withLock(`{ ${persisted} fileSystems."/etc/ssh".neededForBoot = true; }`),
  );
  const [related] = findings.find((finding) => finding.rule === rule)?.related ?? [];
  assert.equal(files["module.nix"]?.slice(related?.start, related?.end), `"/etc/ssh"`);
});
