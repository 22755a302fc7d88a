import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "sops-password-not-needed-for-users";

const onHost = (module: string): Promise<string[]> => reportedTexts(rule, hostOf(module));

test("a password secret without neededForUsers, declared in another module", async () => {
  const { findings } = await expectFindings(
    rule,
    `
--@ flake.nix
{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./users.nix ./sops.nix ]; }; }; }
--@ users.nix
{ config, ... }:
{
  users.users.root.hashedPasswordFile = config.sops.secrets.root-password.path;
#                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ sops-password-not-needed-for-users error
}
--@ sops.nix
{
  sops.defaultSopsFile = ./secrets.yaml;
  sops.secrets.root-password = { };
}
`,
  );
  const found = findings.find((finding) => finding.rule === rule);
  assert.match(found?.message ?? "", /^sops decrypts "root-password" after users are made/);
  assert.match(found?.related[0]?.file ?? "", /sops\.nix$/);
});

test("every way to name the secret and to declare it is followed", async () => {
  for (const [password, secret] of [
    [`config.sops.secrets."x".path`, `sops.secrets = { x = { }; };`],
    [`config.sops.secrets."users/me".path`, `sops.secrets."users/me".sopsFile = ./s.yaml;`],
    [`let inherit (config.sops) secrets; in secrets.x.path`, `sops = { secrets = { x.sopsFile = ./s.yaml; }; };`],
    [`let s = config.sops.secrets.x; in s.path`, `sops.secrets.x = { neededForUsers = false; };`],
    [`with config.sops.secrets; x.path`, `sops.secrets = { \${"x"} = { }; };`],
    [`lib.mkIf true config.sops.secrets.x.path`, `sops.secrets = lib.genAttrs [ "x" "y" ] (name: { });`],
    [`"/run/secrets/x"`, `sops.secrets.x = { };`],
    [`config.my.file`, `sops.secrets.x = { }; my.file = config.sops.secrets.x.path;`],
  ] as const) {
    const module = `{ config, lib, ... }: { users.users.me.hashedPasswordFile = ${password}; ${secret} }`;
    assert.equal((await onHost(module)).length, 1, `${password} ${secret}`);
  }
});

test("secrets that are there in time, not known, or no user's password are left alone", async () => {
  const me = `users.users.me.hashedPasswordFile = config.sops.secrets.x.path;`;
  for (const module of [
    `${me} sops.secrets.x.neededForUsers = true;`,
    `${me} sops.secrets.x = { neededForUsers = true; sopsFile = ./s.yaml; };`,
    `${me} sops.secrets = lib.genAttrs [ "x" "y" ] (name: { neededForUsers = true; });`,
    `${me} sops.secrets.x = { sopsFile = ./s.yaml; } // { neededForUsers = true; };`,
    `${me} sops.secrets.x = config.my.secret;`,
    `${me} sops.secrets.x = { }; sops.secrets.\${config.my.name}.neededForUsers = true;`,
    `${me} sops.secrets.x.neededForUsers = config.my.early;`,
    `${me} sops.secrets = lib.mapAttrs (n: v: { neededForUsers = true; }) config.my.secrets;`,
    `${me} sops.secrets = import ./unknown.nix;`,
    `${me}`,
    `users.users.me.hashedPasswordFile = "/run/secrets-for-users/x"; sops.secrets.x = { };`,
    `users.users.me.hashedPasswordFile = config.sops.secrets.\${config.my.name}.path; sops.secrets.x = { };`,
    `users.users.me.hashedPasswordFile = config.age.secrets.x.path; age.secrets.x.file = ./x.age;`,
    `mailserver.loginAccounts."a@b".hashedPasswordFile = config.sops.secrets.x.path; sops.secrets.x = { };`,
    `users.users.me = { hashedPasswordFile = lib.mkForce null; }; sops.secrets.x = { };`,
    `${me} sops.secrets.x = { }; isoImage.volumeID = "x";`,
  ])
    assert.deepEqual(await onHost(`{ config, lib, ... }: { ${module} }`), [], module);
});

test("a comment silences", async () => {
  const module = `{ config, ... }: {
  # nixos-vps: ignore ${rule}
  users.users.me.hashedPasswordFile = config.sops.secrets.x.path;
  sops.secrets.x = { };
}`;
  assert.deepEqual(await onHost(module), []);
});

async function fixed(secret: string): Promise<string | undefined> {
  const before = `{ config, ... }:\n{\n  users.users.me.hashedPasswordFile = config.sops.secrets.x.path;\n`;
  const files = await applyFix(rule, hostOf(`${before}${secret}\n}`));
  assert.deepEqual(await findingsOf(rule, files), []);
  return files["module.nix"]?.slice(before.length, -3);
}

test("the fix adds neededForUsers where the secret is declared", async () => {
  assert.equal(await fixed(`  sops.secrets.x = { };`), `  sops.secrets.x = { neededForUsers = true; };`);
  assert.equal(
    await fixed(`  sops.secrets.x.sopsFile = ./s.yaml; # shared`),
    `  sops.secrets.x.sopsFile = ./s.yaml; # shared\n  sops.secrets.x.neededForUsers = true;`,
  );
  assert.equal(
    await fixed(`  sops.secrets = {\n    x = {\n      sopsFile = ./s.yaml;\n      format = "yaml";\n    };\n  };`),
    `  sops.secrets = {\n    x = {\n      sopsFile = ./s.yaml;\n      neededForUsers = true;\n      format = "yaml";\n    };\n  };`,
  );
  assert.equal(
    await fixed(`  sops.secrets = { y = { }; x = {}; };`),
    `  sops.secrets = { y = { }; x = { neededForUsers = true; }; };`,
  );
});

test("with an owner the fix is not safe: sops-nix refuses both together", async () => {
  const safe = async (secret: string): Promise<boolean | undefined> => {
    const me = `users.users.me.hashedPasswordFile = config.sops.secrets.x.path;`;
    const { findings } = await checkSources(hostOf(`{ config, ... }: { ${me} ${secret} }`));
    return findings.find((finding) => finding.rule === rule)?.fixes[0]?.safe;
  };
  assert.equal(await safe(`sops.secrets.x = { };`), true);
  assert.equal(await safe(`sops.secrets.x.owner = "me";`), false);
});
