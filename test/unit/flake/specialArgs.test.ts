import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSources } from "../markedSources.ts";

/** Users whose password is well known, with the hosts they are found on. */
async function weakUsers(call: string, module: string): Promise<string[]> {
  const { findings } = await checkSources(`
--@ flake.nix
{
  outputs = { nixpkgs, ... }@inputs:
    let
      vars = { user = "anna"; servers = [ "a" ]; };
      mkHost = name: ${call};
    in
    { nixosConfigurations = nixpkgs.lib.genAttrs [ "a" "b" ] mkHost; };
}
--@ users.nix
${module}
`);
  return findings
    .filter(({ rule }) => rule === "bootstrap-password-left-on")
    .map(({ message, hosts }) => `${/password of (.+?) is/.exec(message)?.[1] ?? message} ${hosts.join(" ")}`);
}

const system =
  'nixpkgs.lib.nixosSystem { specialArgs = { inherit vars inputs; hostName = name; isServer = name == "a"; }; modules = [ ./users.nix ]; }';

test("names and conditions that come through specialArgs are known for each host", async () => {
  const user = `users.users.\${vars.user}.password = "nixos";`;
  assert.deepEqual(await weakUsers(system, `{ vars, ... }: { ${user} }`), ["anna a b"]);
  assert.deepEqual(await weakUsers(system, `{ lib, vars, isServer, ... }: lib.mkIf isServer { ${user} }`), ["anna a"]);
  assert.deepEqual(await weakUsers(system, `{ lib, vars, hostName, ... }: lib.mkIf (hostName != "a") { ${user} }`), [
    "anna b",
  ]);
  assert.deepEqual(await weakUsers(system, `{ hostName, ... }: { users.users.\${hostName}.password = hostName; }`), [
    "a a b",
  ]);
});

test("arguments that are made elsewhere stay unknown", async () => {
  const user = `users.users.\${vars.user}.password = "nixos";`;
  assert.deepEqual(await weakUsers(system.replace("inherit vars inputs;", ""), `{ vars, ... }: { ${user} }`), [
    "this user a b",
  ]);
  assert.deepEqual(
    await weakUsers(`lib.mkSystem { modules = [ ./users.nix ]; inherit name; }`, `{ vars, ... }: { ${user} }`),
    ["this user a b"],
  );
});
