import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "password-secret-needs-late-key";

const onHost = (module: string): Promise<string[]> =>
  reportedTexts(rule, hostOf(`{ config, lib, ... }: { ${module} }`));

const wipedRoot = `fileSystems."/" = { device = "none"; fsType = "tmpfs"; };`;
const diskRoot = `fileSystems."/" = { device = "/dev/vda1"; fsType = "ext4"; };`;
const early = `fileSystems."/persist" = { device = "/dev/vdb"; fsType = "ext4"; neededForBoot = true; };`;
const agePassword = `age.secrets.root.file = ./root.age; users.users.root.hashedPasswordFile = config.age.secrets.root.path;`;
const sopsPassword = `sops.secrets.root.neededForUsers = true; users.users.root.hashedPasswordFile = config.sops.secrets.root.path;`;
const movedKeys = `services.openssh.hostKeys = [ { type = "ed25519"; path = "/persist/etc/ssh/ssh_host_ed25519_key"; } ];`;
const identity = `age.identityPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];`;

test("host keys moved, identity left behind; in another module", async () => {
  const { findings } = await expectFindings(
    rule,
    `
--@ flake.nix
{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./a.nix ./secrets.nix ]; }; }; }
--@ a.nix
{ config, ... }:
{
  ${wipedRoot}
  ${early}
  ${movedKeys}
  users.users.root.hashedPasswordFile = config.age.secrets.root.path;
}
--@ secrets.nix
{
  age.secrets.root.file = ./root.age;
  age.identityPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
#                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ password-secret-needs-late-key error
}
`,
  );
  const found = findings.find((finding) => finding.rule === rule);
  assert.equal(
    found?.message,
    "services.openssh.hostKeys is not /etc/ssh/ssh_host_ed25519_key, so there is no key at that path. The password of root cannot be decrypted when users are made, so the account is locked and nobody can log in.",
  );
  assert.match(found?.related[0]?.file ?? "", /a\.nix$/);
});

test("keys that are mounted later, or on a root that is wiped", async () => {
  for (const [module, text] of [
    [
      `${diskRoot} ${agePassword} fileSystems."/home".device = "z/home"; age.identityPaths = [ "/home/me/.ssh/id_ed25519" ];`,
      "/home/me/.ssh/id_ed25519",
    ],
    [
      `${diskRoot} ${sopsPassword} fileSystems."/home".device = "z/home"; sops.age = { keyFile = "/home/me/.config/sops/age/keys.txt"; sshKeyPaths = [ ]; };`,
      "/home/me/.config/sops/age/keys.txt",
    ],
    [
      `${wipedRoot} ${agePassword} environment.persistence."/persist".files = [ "/etc/ssh/ssh_host_ed25519_key" ]; ${identity}`,
      "/etc/ssh/ssh_host_ed25519_key",
    ],
    [
      `${wipedRoot} ${sopsPassword} preservation = { enable = true; preserveAt."/persist".directories = [ "/var/lib/sops" ]; }; sops.age = { keyFile = "/var/lib/sops/key"; sshKeyPaths = [ ]; };`,
      "/var/lib/sops/key",
    ],
    [`${wipedRoot} ${agePassword} age.identityPaths = [ "/root/key" ];`, "/root/key"],
    [
      `${wipedRoot} users.users.root.hashedPasswordFile = "/run/agenix/root"; age.identityPaths = map (name: "/root/\${name}") [ "key" ];`,
      undefined,
    ],
  ] as const) {
    const found = await onHost(module);
    assert.equal(found.length, 1, module);
    if (text) assert.deepEqual(found, [`error "${text}"`], module);
  }
});

test("a way in makes it a warning", async () => {
  const module = `${wipedRoot} ${agePassword} age.identityPaths = [ "/root/key" ];`;
  assert.deepEqual(await onHost(`${module} users.users.root.openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA" ];`), [
    `warning "/root/key"`,
  ]);
  assert.deepEqual(
    await onHost(`${module} users.users.me = { extraGroups = [ "wheel" ]; hashedPassword = "$6$x"; };`),
    [`warning "/root/key"`],
  );
  assert.deepEqual(await onHost(module.replace("users.users.root", "users.users.guest")), [`warning "/root/key"`]);
  const another = `age.secrets.me.file = ./me.age; users.users.me = { extraGroups = [ "wheel" ]; hashedPasswordFile = config.age.secrets.me.path; };`;
  assert.deepEqual(await onHost(`${module} ${another}`), [`error "/root/key"`]);
});

test("a key in time, one that is not known, no password, and users that are made later are left alone", async () => {
  for (const module of [
    `${wipedRoot} ${agePassword}`,
    `${wipedRoot} ${early} ${agePassword} age.identityPaths = [ "/persist/etc/ssh/ssh_host_ed25519_key" ];`,
    `${wipedRoot} ${agePassword} age.identityPaths = [ "/nix/secret/key" ];`,
    `${wipedRoot} ${early} ${agePassword} age.identityPaths = [ "/root/key" "/persist/key" ];`,
    `${wipedRoot} ${agePassword} age.identityPaths = [ "/root/key" ] ++ config.my.keys;`,
    `${wipedRoot} ${agePassword} age.identityPaths = [ config.my.key ];`,
    `${diskRoot} ${agePassword} ${identity}`,
    `${diskRoot} ${agePassword} ${movedKeys} ${identity}`,
    `${agePassword} ${movedKeys} ${identity}`,
    `${diskRoot} ${agePassword} age.identityPaths = [ "/home/me/.ssh/id_ed25519" ];`,
    `${wipedRoot} ${early} ${movedKeys} ${sopsPassword} sops.age.keyFile = "/root/key";`,
    `${wipedRoot} fileSystems."/var/lib".device = "/dev/vdb"; ${sopsPassword} sops.age = { keyFile = "/var/lib/sops-nix/key.txt"; sshKeyPaths = [ ]; };`,
    `${wipedRoot} age.secrets.wifi.file = ./w.age; age.identityPaths = [ "/root/key" ];`,
    `${wipedRoot} ${agePassword} sops.age.keyFile = "/root/key";`,
    `${wipedRoot} ${sopsPassword} sops.age = { keyFile = "/root/key"; sshKeyPaths = [ ]; }; sops.useSystemdActivation = true;`,
    `${wipedRoot} ${agePassword} age.identityPaths = [ "/root/key" ]; services.userborn.enable = true;`,
    `${wipedRoot} ${agePassword} age.identityPaths = lib.mkMerge [ [ "/root/key" ] (lib.mkForce [ "/nix/key" ]) ];`,
    `${wipedRoot} ${sopsPassword} preservation = { enable = true; preserveAt."/p".directories = [ { directory = dirOf config.sops.age.keyFile; inInitrd = true; } ]; }; sops.age = { keyFile = "/var/lib/sops/key"; sshKeyPaths = [ ]; };`,
    `${wipedRoot} ${agePassword} age.identityPaths = [ "/root/key" ]; isoImage.volumeID = "x";`,
  ])
    assert.deepEqual(await onHost(module), [], module);
});

test("a comment silences", async () => {
  assert.deepEqual(
    await onHost(`${wipedRoot} ${agePassword}\n# nixos-vps: ignore ${rule}\nage.identityPaths = [ "/root/key" ];\n`),
    [],
  );
});

async function fixed(module: string): Promise<string | undefined> {
  const files = await applyFix(rule, hostOf(module));
  assert.deepEqual(await findingsOf(rule, files), []);
  return files["module.nix"];
}

test("the fix decrypts with the key where it is kept", async () => {
  const moved = `{ config, ... }: {\n  ${wipedRoot}\n  ${early}\n  ${movedKeys}\n  ${agePassword}\n  ${identity} # host key\n}`;
  assert.equal(
    await fixed(moved),
    `${moved.replace(identity, 'age.identityPaths = [ "/persist/etc/ssh/ssh_host_ed25519_key" ];')}\n`,
  );
  const kept = `{ config, ... }: {\n  ${wipedRoot}\n  ${early}\n  environment.persistence."/persist".files = [ "/etc/ssh/ssh_host_ed25519_key" ];\n  ${sopsPassword}\n  sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];\n}`;
  assert.equal(await fixed(kept), `${kept.replace('sshKeyPaths = [ "/etc', 'sshKeyPaths = [ "/persist/etc')}\n`);
  const { findings } = await checkSources(
    hostOf(`{ config, ... }: { ${wipedRoot} ${agePassword} age.identityPaths = [ "/root/key" ]; }`),
  );
  assert.deepEqual(findings.find((finding) => finding.rule === rule)?.fixes, []);
});
