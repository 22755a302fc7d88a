import assert from "node:assert/strict";
import { test } from "node:test";
import { createFlakeProject } from "../../../core/src/project/createFlakeProject.ts";
import { defaultRuleSettings } from "../../../core/src/rules/ruleSettings.ts";
import { testParser } from "../markedSources.ts";

const flake = `{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.vps = nixpkgs.lib.nixosSystem { modules = [ ./vps.nix ./user.nix ]; };
    nixosConfigurations.other = nixpkgs.lib.nixosSystem { modules = [ ]; };
  };
}
`;

const host = `{ config, lib, pkgs, ... }:
let
  tools = with pkgs; [
    jq
  ];
in
{
  environment.systemPackages = tools ++ [
    pkgs.kdePackages.kate
  ] ++ lib.optionals config.services.xserver.enable [ pkgs.xterm ]
    ++ lib.optional false pkgs.never;
  environment.etc."motd".source = ./motd;
  systemd.services.web.serviceConfig.ExecStart = "\${pkgs.web}/bin/web";
  user.packages = [
    pkgs.git
  ];
}
`;

const user = `{ config, lib, ... }: {
  options.user.packages = lib.mkOption { default = [ ]; };
  config.users.users.me.packages = config.user.packages;
}
`;

test("packages stand at their lines wherever their list is written, and files and services at their options", async () => {
  const project = createFlakeProject({
    root: "/nowhere",
    parser: await testParser(),
    settings: defaultRuleSettings,
    onRuleError: ({ error }) => {
      throw error;
    },
  });
  for (const [name, text] of Object.entries({ "flake.nix": flake, "vps.nix": host, "user.nix": user }))
    project.openBuffer(`/nowhere/${name}`, text);
  const written = project
    .writtenAdditions("vps")
    .map(({ file, line, option, names, text }) => [`${file.slice(9)}:${line}`, option, names.join("."), text].join(" "))
    .map((each) => each.trim());
  assert.deepEqual(written.toSorted(), [
    "user.nix:3 users.users.me.packages",
    "vps.nix:10 environment.systemPackages xterm pkgs.xterm",
    "vps.nix:12 environment.etc.motd.source",
    "vps.nix:13 systemd.services.web.serviceConfig.ExecStart",
    "vps.nix:15 users.users.me.packages git pkgs.git",
    "vps.nix:4 environment.systemPackages jq jq",
    "vps.nix:8 environment.systemPackages",
    "vps.nix:9 environment.systemPackages kdePackages.kate pkgs.kdePackages.kate",
  ]);
  assert.deepEqual(project.writtenAdditions("other"), []);
  assert.deepEqual(project.writtenAdditions("unknown"), []);
  project.dispose();
});
