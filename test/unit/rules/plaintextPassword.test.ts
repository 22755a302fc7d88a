import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "plaintext-password";

const onHost = (module: string): Promise<string[]> => reportedTexts(rule, hostOf(module));

test("password for good, initial password with immutable users, initial password that can be changed", async () => {
  await expectFindings(
    rule,
    `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./immutable.nix ]; };
    nixosConfigurations.b = nixpkgs.lib.nixosSystem { modules = [ ./mutable.nix ]; };
  };
}
--@ immutable.nix
{
  users.mutableUsers = false;
  users.users.me.initialPassword = "nix-placeholder";
#                                  ^^^^^^^^^^^^^^^^^ plaintext-password warning
}
--@ mutable.nix
{
  users.users.me.initialPassword = "nix-placeholder";
#                                  ^^^^^^^^^^^^^^^^^ plaintext-password info
  users.users.you.password = "correct horse";
#                            ^^^^^^^^^^^^^^^ plaintext-password warning
}
`,
  );
});

test("the message says whether passwd can change it", async () => {
  const message = async (module: string): Promise<string> => {
    const { findings } = await checkSources(hostOf(module));
    return findings.find((finding) => finding.rule === rule)?.message ?? "";
  };
  const store =
    "The password of me is in the Nix store, where every user and service of the machine, every binary cache and everyone with the repository can read it";
  assert.equal(await message(`{ users.users.me.password = "s3cret x"; }`), `${store}.`);
  assert.equal(
    await message(`{ users.users.me.initialPassword = "s3cret x"; }`),
    `${store}. Change it with passwd after the first login.`,
  );
  assert.equal(
    await message(`{ users.users.me.initialPassword = "s3cret x"; users.mutableUsers = false; }`),
    `${store}; as users.mutableUsers is false, passwd cannot change it.`,
  );
});

test("users made by functions, options and their defaults are seen", async () => {
  for (const [module, text] of [
    [`{ users.users = builtins.listToAttrs [ { name = "me"; value.password = "s3cret x"; } ]; }`, `"s3cret x"`],
    [
      `{ lib, config, ... }: { users.users = lib.mapAttrs (n: v: { password = "s3cret x"; }) config.my.users; }`,
      `"s3cret x"`,
    ],
    [
      `{ config, lib, ... }: let mkUser = { name, password }: { inherit name; value = if password == null then { initialPassword = "s3cret x"; } else { hashedPassword = password; }; }; in
       { options.my.users = lib.mkOption { default = [ ]; }; config.users.users = { root.hashedPassword = "!"; } // builtins.listToAttrs (map mkUser config.my.users); }`,
      `"s3cret x"`,
    ],
    [
      `{ config, lib, ... }: { options.my.word = lib.mkOption { default = "s3cret x"; }; config.users.users.me.password = config.my.word; }`,
      `config.my.word`,
    ],
    [`{ config, ... }: { users.users.me.password = let word = "s3cret x"; in word; }`, `"s3cret x"`],
  ] as const) {
    const found = await onHost(module);
    assert.deepEqual(
      found.map((entry) => entry.replace(/^\w+ /, "")),
      [text],
      module,
    );
  }
});

test("hashes, other options, passwords that never count and throw-away systems are left alone", async () => {
  for (const module of [
    `{ users.users.me.hashedPassword = "$6$abc"; }`,
    `{ users.users.me.initialHashedPassword = "$6$abc"; }`,
    `{ users.users.me.password = "!"; }`,
    `{ users.users.me.password = ""; }`,
    `{ users.users.me.password = null; }`,
    `{ users.users.me.initialPassword = "nixos"; }`,
    `{ users.users.me = { password = "s3cret x"; hashedPasswordFile = "/var/lib/p"; }; }`,
    `{ users.users.me = { initialPassword = "s3cret x"; hashedPassword = "$6$x"; }; }`,
    `{ lib, ... }: { users.users.me = lib.mkMerge [ { password = "s3cret x"; } { password = lib.mkForce null; } ]; }`,
    `{ virtualisation.vmVariant.users.users.me.password = "s3cret x"; }`,
    `{ virtualisation.vmVariant = { users.users.me.password = "s3cret x"; }; }`,
    `{ containers.web.config = { users.users.me.password = "s3cret x"; }; }`,
    `{ services.grafana.settings.smtp.password = "s3cret x"; services.restic.users.me.password = "s3cret x"; }`,
    `{ config, ... }: { users.users.me.password = config.my.unknown; }`,
    `{ modulesPath, ... }: { imports = [ (modulesPath + "/installer/cd-dvd/installation-cd-minimal.nix") ]; users.users.me.password = "s3cret x"; }`,
    `{ isoImage.volumeID = "x"; users.users.me.password = "s3cret x"; }`,
    `{ boot.isContainer = true; users.users.me.password = "s3cret x"; }`,
    `{ microvm.hypervisor = "qemu"; users.users.me.password = "s3cret x"; }`,
    `{ lib, ... }: { fileSystems."/" = lib.mkImageMediaOverride { fsType = "tmpfs"; }; users.users.me.password = "s3cret x"; }`,
  ])
    assert.deepEqual(await onHost(module), [], module);
  for (const path of [
    "modules/iso/user.nix",
    "tests/vm.nix",
    "hosts/a/vm.nix",
    "nixos-installer/default.nix",
    "live-cd.nix",
  ])
    assert.deepEqual(await reportedTexts(rule, `--@ ${path}\n{ users.users.me.password = "s3cret x"; }`), [], path);
  assert.equal(
    (await reportedTexts(rule, `--@ modules/isolation.nix\n{ users.users.me.password = "s3cret x"; }`)).length,
    1,
  );
  assert.deepEqual(
    await reportedTexts(rule, `--@ dev.nix\n{ microvm.vcpu = 2; users.users.me.password = "s3cret x"; }`),
    [],
  );
  // The machine that runs microVMs is none.
  assert.equal((await onHost(`{ microvm.vms.a = { }; users.users.me.password = "s3cret x"; }`)).length, 1);
});

test("a password that comes back with every boot is another rule's", async () => {
  const root = `fileSystems."/" = { device = "none"; fsType = "tmpfs"; };`;
  assert.deepEqual(await onHost(`{ ${root} users.users.me.initialPassword = "s3cret x"; }`), []);
  assert.equal((await onHost(`{ ${root} users.users.me.password = "s3cret x"; }`)).length, 1);
});

test("a comment silences", async () => {
  assert.deepEqual(await onHost(`{ users.users.me.password = "s3cret x"; } # nixos-vps: ignore ${rule}: a kiosk`), []);
});

async function fixed(module: string): Promise<string | undefined> {
  const files = await applyFix(rule, hostOf(module));
  assert.deepEqual(await findingsOf(rule, files), []);
  return files["module.nix"];
}

test("the fix reads the hash from a file instead", async () => {
  assert.equal(
    await fixed(`{\n  users.users.me = {\n    isNormalUser = true;\n    password = "s3cret x"; # for now\n  };\n}`),
    `{\n  users.users.me = {\n    isNormalUser = true;\n    hashedPasswordFile = "/var/lib/passwords/me"; # for now\n  };\n}\n`,
  );
  assert.equal(
    await fixed(`{ environment.persistence."/keep".directories = [ "/srv" ]; users.users.me.password = "s3cret x"; }`),
    `{ environment.persistence."/keep".directories = [ "/srv" ]; users.users.me.hashedPasswordFile = "/keep/passwords/me"; }\n`,
  );
});
