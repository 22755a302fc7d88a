import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { createFlakeProject } from "../../../core/src/project/createFlakeProject.ts";
import type { Finding } from "../../../core/src/rules/finding.ts";
import { defaultRuleSettings } from "../../../core/src/rules/ruleSettings.ts";
import {
  applyFix,
  checkSources,
  expectFindings,
  findingsOf,
  type MarkedSources,
  testParser,
} from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "password-guarded-by-pathexists";

const onHost = (module: string, secret = "root.age"): Promise<string[]> =>
  reportedTexts(rule, `${hostOf(module)}\n${secret && `--@ secrets/${secret}\nage\n`}`);

async function only(sources: MarkedSources): Promise<Finding> {
  const { findings } = await checkSources(sources);
  const [found, ...others] = findings.filter((finding) => finding.rule === rule);
  assert.ok(found && others.length === 0, JSON.stringify([found, ...others]));
  return found;
}

test("the file of one host is there, that of the other one is missing", async () => {
  const { findings } = await expectFindings(
    rule,
    `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = [ ./password.nix { networking.hostName = "a"; } ]; };
    nixosConfigurations.b = nixpkgs.lib.nixosSystem { modules = [ ./password.nix { networking.hostName = "b"; } ]; };
  };
}
--@ password.nix
{ config, lib, ... }:
{
  users.users.root.hashedPasswordFile = lib.mkIf (builtins.pathExists ./secrets/\${config.networking.hostName}.age) "/nix/p";
#                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ password-guarded-by-pathexists error
}
--@ secrets/a.age
age
`,
  );
  const found = findings.find((finding) => finding.rule === rule);
  assert.equal(
    found?.message,
    "secrets/b.age does not exist, so root has no password, and nothing says so: nobody can log in.",
  );
});

test("every guard is found", async () => {
  for (const module of [
    `users.users.root = lib.mkIf (builtins.pathExists ./secrets/none.age) { hashedPasswordFile = "/nix/p"; };`,
    `users.users.root = lib.optionalAttrs (lib.pathExists ./secrets/none.age) { hashedPasswordFile = "/nix/p"; };`,
    `users.users.root.hashedPasswordFile = if builtins.pathExists ./secrets/none.age then "/nix/p" else null;`,
    `users.users.root.hashedPasswordFile = let has = builtins.pathExists ./secrets/none.age; in lib.mkIf has "/nix/p";`,
    `users.users.root.hashedPasswordFile = lib.mkIf (!config.my.off && builtins.pathExists ./secrets/none.age) "/nix/p";`,
    `users.users.root.hashedPasswordFile = lib.mkIf (!(!(builtins.pathExists (./secrets + "/none.age")))) "/nix/p";`,
    `users.users.root.hashedPasswordFile = lib.mkIf (builtins.pathExists "\${self}/secrets/none.age") "/nix/p";`,
    `age.secrets = lib.optionalAttrs (builtins.pathExists ./secrets/none.age) { root.file = ./secrets/none.age; };
     users.users.root.hashedPasswordFile = lib.mkIf (config.age.secrets ? root) config.age.secrets.root.path;`,
    `users.users.root.hashedPassword = lib.mkIf (builtins.pathExists ./secrets/none.hash) (lib.fileContents ./secrets/none.hash);`,
    `config = lib.mkMerge [ (lib.mkIf (builtins.pathExists ./secrets/none.age) { age.secrets.root.file = ./secrets/none.age; users.users.root.hashedPasswordFile = config.age.secrets.root.path; }) ];`,
  ]) {
    const found = await onHost(`{ config, lib, self, ... }: { ${module} }`);
    assert.equal(found.length, 1, module);
    assert.match(found[0] ?? "", /^error .*athExists/, module);
  }
});

test("how sure and how bad it is decides how loud it is", async () => {
  const guarded = (file: string): string =>
    `users.users.root.hashedPasswordFile = lib.mkIf (builtins.pathExists ${file}) "/nix/p";`;
  for (const [module, severity] of [
    [guarded("./secrets/none.age"), "error"],
    [
      `${guarded("./secrets/none.age")} users.users.root.openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA" ];`,
      "warning",
    ],
    [
      `${guarded("./secrets/none.age")} users.users.me = { extraGroups = [ "wheel" ]; hashedPassword = "$6$x"; };`,
      "warning",
    ],
    [guarded("./secrets/none.age").replace("root", "guest"), "warning"],
    [guarded("./secrets/root.age"), "hint"],
    [guarded("config.my.file"), "warning"],
    [guarded(`"/var/lib/passwords/root"`), "error"],
  ] as const) {
    const found = await onHost(`{ config, lib, ... }: { ${module} }`);
    assert.deepEqual(
      found.map((entry) => entry.split(" ")[0]),
      [severity],
      module,
    );
  }
  const outside = await only(hostOf(`{ lib, ... }: { ${guarded(`"/var/lib/p"`)} }`));
  assert.match(
    outside.message,
    /^\/var\/lib\/p is outside of the flake, where a pure evaluation finds no file, so root has no password/,
  );
});

test("guards around other things, with a warning of their own, and throw-away systems are left alone", async () => {
  for (const module of [
    `users.users.root.hashedPasswordFile = "/nix/p";`,
    `users.users.root.initialPassword = lib.mkIf (builtins.pathExists ./secrets/none.age) "a b c";`,
    `services.nginx = lib.mkIf (builtins.pathExists ./secrets/none.age) { enable = true; };`,
    `age.secrets.wifi = lib.mkIf (builtins.pathExists ./secrets/none.age) { file = ./secrets/none.age; };`,
    `age.secrets.wifi.file = ./secrets/none.age;`,
    `sops.secrets.wifi.sopsFile = ./secrets/none.yaml;`,
    `mailserver.loginAccounts.a.hashedPasswordFile = lib.mkIf (builtins.pathExists ./secrets/none.age) "/nix/p";`,
    `users.users.root.hashedPasswordFile = lib.mkIf (!builtins.pathExists ./secrets/none.age) "/nix/p";`,
    `users.users.root.hashedPasswordFile = lib.mkIf (builtins.pathExists ./secrets/root.age) "/nix/p";
     warnings = lib.optional (!builtins.pathExists ./secrets/root.age) "root has no password";`,
    `users.users.root.hashedPasswordFile = lib.mkIf (builtins.pathExists ./secrets/root.age) "/nix/p";
     assertions = [ { assertion = builtins.pathExists ./secrets/root.age; message = "no secret"; } ];`,
    `users.users.root.hashedPasswordFile = config.age.secrets.root.path; age.secrets.root.file = ./secrets/root.age;`,
    `users.users.root.hashedPasswordFile = config.age.secrets.root.path; age.secrets.root.file = inputs.secrets + "/root.age";`,
    `users.users.root.hashedPasswordFile = config.age.secrets.root.path; age.secrets.root.file = ./secrets/\${config.my.name}.age;`,
    `users.users.root.hashedPasswordFile = lib.mkIf (builtins.pathExists ./secrets/none.age) "/nix/p"; isoImage.volumeID = "x";`,
  ])
    assert.deepEqual(await onHost(`{ config, lib, inputs, ... }: { ${module} }`), [], module);
});

test("a file that is asked for by name and missing", async () => {
  for (const [module, text] of [
    [
      `users.users.root.hashedPasswordFile = config.age.secrets.root.path; age.secrets.root.file = ./secrets/none.age;`,
      "./secrets/none.age",
    ],
    [
      `users.users.root.hashedPasswordFile = config.age.secrets.root.path; age.secrets = { root = { file = ./secrets/none.age; }; };`,
      "./secrets/none.age",
    ],
    [
      `users.users.root.hashedPasswordFile = config.sops.secrets.root.path; sops.secrets.root = { neededForUsers = true; sopsFile = ./none.yaml; };`,
      "./none.yaml",
    ],
    [
      `users.users.root.hashedPasswordFile = config.sops.secrets.root.path; sops.secrets.root.neededForUsers = true; sops.defaultSopsFile = ./none.yaml;`,
      "./none.yaml",
    ],
    [`users.users.root.hashedPasswordFile = ./none.hash;`, "./none.hash"],
  ] as const)
    assert.deepEqual(await onHost(`{ config, ... }: { ${module} }`), [`error ${text}`], module);
  const found = await only(hostOf(`{ users.users.root.hashedPasswordFile = ./none.hash; }`));
  assert.equal(
    found.message,
    "none.hash does not exist, so the configuration does not evaluate: the password of root needs it.",
  );
});

test("a secret of a submodule that was not fetched is not known to be missing", async () => {
  const root = mkdtempSync(join(tmpdir(), "nixos-vps-submodule-"));
  try {
    mkdirSync(join(root, "secrets"));
    const module = `{ lib, ... }: { users.users.root.hashedPasswordFile = lib.mkIf (builtins.pathExists ./secrets/root.age) "/nix/p"; }`;
    writeFileSync(join(root, "module.nix"), module);
    assert.deepEqual(await findingsIn(root).then((found) => found.map(({ severity }) => severity)), ["warning"]);
    writeFileSync(join(root, "secrets/other.age"), "");
    assert.deepEqual(await findingsIn(root).then((found) => found.map(({ severity }) => severity)), ["error"]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test("a file that git does not know of is not part of the flake", async () => {
  const root = mkdtempSync(join(tmpdir(), "nixos-vps-untracked-"));
  try {
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    write(
      "guarded.nix",
      `{ lib, ... }: { users.users.root.hashedPasswordFile = lib.mkIf (builtins.pathExists ./secrets/root.age) "/nix/p"; }`,
    );
    write(
      "plain.nix",
      `{ config, ... }: { age.secrets.me.file = ./secrets/me.age; users.users.me.hashedPasswordFile = config.age.secrets.me.path; }`,
    );
    write("secrets/root.age", "age");
    write("secrets/me.age", "age");
    const git = (...args: string[]): void => void execFileSync("git", ["-C", root, ...args], { stdio: "pipe" });
    git("init", "-q");
    git("add", "*.nix");
    assert.deepEqual(
      (await findingsIn(root)).map(({ severity, message }) => `${severity} ${message}`),
      [
        "error secrets/root.age is not known to git, and a flake sees only what git knows (git add it), so root has no password, and nothing says so: nobody can log in.",
        "error secrets/me.age is not known to git, and a flake sees only what git knows (git add it), so the configuration does not evaluate: the password of me needs it.",
      ],
    );
    git("add", "-N", ".");
    assert.deepEqual(await findingsIn(root).then((found) => found.map(({ severity }) => severity)), ["hint"]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

async function findingsIn(root: string): Promise<readonly Finding[]> {
  const project = createFlakeProject({
    root,
    parser: await testParser(),
    settings: defaultRuleSettings,
    onRuleError: ({ error }) => {
      throw error;
    },
  });
  await project.load();
  return project.findings().filter((finding) => finding.rule === rule);
}

/** A host whose passwords come from where an option of the flake's own says. */
const modes = (host: string, secret = ""): MarkedSources => `
--@ flake.nix
{ outputs = { nixpkgs, ... }: { nixosConfigurations.vps = nixpkgs.lib.nixosSystem { modules = [ ./security.nix ./vps.nix ]; }; }; }
--@ security.nix
{ config, lib, ... }:
let
  cfg = config.modules.security;
  secret = ./secrets/\${config.networking.hostName}.age;
in
{
  options.modules.security.password.mode = lib.mkOption {
    type = lib.types.enum [ "bootstrap" "deploy" "none" ];
    default = "deploy";
  };
  config = lib.mkMerge [
    (lib.mkIf (cfg.password.mode == "bootstrap") {
      users.mutableUsers = true;
      users.users.root.initialPassword = "nixos";
    })
    (lib.mkIf (cfg.password.mode == "deploy" && builtins.pathExists secret) {
      age.secrets.root.file = secret;
      users.users.root.hashedPasswordFile = config.age.secrets.root.path;
    })
    (lib.mkIf (cfg.password.mode == "sops") {
      users.users.root.hashedPasswordFile = config.sops.secrets.root.path;
    })
  ];
}
--@ vps.nix
{
  networking.hostName = "vps";
  ${host}
}
${secret && `--@ secrets/vps.age\n${secret}\n`}`;

test("a mode without its secret is reported where the host sets it, else at the condition", async () => {
  const set = await only(modes(`modules.security.password.mode = "deploy";`));
  assert.match(set.file, /vps\.nix$/);
  assert.equal(
    set.message,
    "secrets/vps.age does not exist, so root has no password, and nothing says so: nobody can log in.",
  );
  assert.match(set.related[0]?.file ?? "", /security\.nix$/);
  assert.deepEqual(
    set.fixes.map(({ title }) => title),
    ['Set it to "bootstrap" until the machine has its secret'],
  );
  const byDefault = await only(modes(""));
  assert.match(byDefault.file, /security\.nix$/);
  assert.deepEqual(byDefault.fixes, []);
  for (const host of [`modules.security.password.mode = "bootstrap";`, `modules.security.password.mode = "none";`])
    assert.deepEqual(await reportedTexts(rule, modes(host)), [], host);
  assert.deepEqual(
    (await reportedTexts(rule, modes(`modules.security.password.mode = "deploy";`, "age"))).map(
      (found) => found.split(" ")[0],
    ),
    ["hint"],
  );
});

test("the fix for a mode", async () => {
  const files = await applyFix(rule, modes(`modules.security.password.mode = "deploy"; # for good`));
  assert.equal(
    files["vps.nix"],
    `{\n  networking.hostName = "vps";\n  modules.security.password.mode = "bootstrap"; # for good\n}\n`,
  );
  assert.deepEqual(await findingsOf(rule, files), []);
});

async function unguarded(module: string): Promise<string | undefined> {
  const files = await applyFix(rule, `--@ module.nix\n${module}\n--@ secrets/root.age\nage`);
  assert.deepEqual(await findingsOf(rule, files), []);
  return files["module.nix"]?.trimEnd();
}

test("the fix takes the condition away and nothing else", async () => {
  for (const [before, after] of [
    [
      `{ lib, ... }: { users.users.root = lib.mkIf (builtins.pathExists ./secrets/root.age) { hashedPasswordFile = "/nix/p"; }; }`,
      `{ lib, ... }: { users.users.root = { hashedPasswordFile = "/nix/p"; }; }`,
    ],
    [
      `{ lib, ... }: { config = lib.mkMerge [ (lib.mkIf (builtins.pathExists ./secrets/root.age) { users.users.root.hashedPasswordFile = "/nix/p"; }) ]; }`,
      `{ lib, ... }: { config = lib.mkMerge [ ({ users.users.root.hashedPasswordFile = "/nix/p"; }) ]; }`,
    ],
    [
      `{ config, lib, ... }: { users.users.root.hashedPasswordFile = lib.mkIf (config.my.on && builtins.pathExists ./secrets/root.age) "/nix/p"; }`,
      `{ config, lib, ... }: { users.users.root.hashedPasswordFile = lib.mkIf (config.my.on) "/nix/p"; }`,
    ],
    [
      `{ config, lib, ... }: { users.users.root.hashedPasswordFile = lib.mkIf (builtins.pathExists ./secrets/root.age && config.my.on) "/nix/p"; }`,
      `{ config, lib, ... }: { users.users.root.hashedPasswordFile = lib.mkIf (config.my.on) "/nix/p"; }`,
    ],
    [
      `{ users.users.root.hashedPasswordFile = (if builtins.pathExists ./secrets/root.age then "/nix/p" else null); }`,
      `{ users.users.root.hashedPasswordFile = ("/nix/p"); }`,
    ],
  ] as const)
    assert.equal(await unguarded(before), after);
  const named = `{ lib, ... }: { users.users.root.hashedPasswordFile = let has = builtins.pathExists ./secrets/root.age; in lib.mkIf has "/nix/p"; }`;
  assert.deepEqual((await only(`--@ module.nix\n${named}\n--@ secrets/root.age\nage`)).fixes, []);
});

test("a comment silences", async () => {
  const module = `{ lib, ... }: {\n  # nixos-vps: ignore ${rule}: keys only\n  users.users.root.hashedPasswordFile = lib.mkIf (builtins.pathExists ./secrets/none.age) "/nix/p";\n}`;
  assert.deepEqual(await onHost(module), []);
});
