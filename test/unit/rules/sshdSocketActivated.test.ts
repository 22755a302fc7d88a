import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";

const rule = "sshd-socket-activated";

const flake = (...hosts: readonly string[]): string => `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations = {
      ${hosts.map((host) => `${host} = nixpkgs.lib.nixosSystem { modules = [ ./hosts/${host} ./ssh.nix ]; };`).join("\n      ")}
    };
  };
}
`;

test("a module of no known host gets a hint", async () => {
  await expectFindings(
    rule,
    `
{ ... }: {
  services.openssh = {
    enable = true;
    startWhenNeeded = true;
    #                 ^^^^ sshd-socket-activated hint
  };
}
--@ b.nix
{ lib, ... }: {
  services.openssh.startWhenNeeded = lib.mkDefault true;
  #                                                ^^^^ sshd-socket-activated hint
}
`,
  );
});

test("on a virtual machine it is a warning, also through an option of the flake's own", async () => {
  await expectFindings(
    rule,
    `${flake("web")}
--@ hosts/web/default.nix
{ modulesPath, ... }: {
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") ];
  services.openssh.enable = true;
  my.ssh.lazy = true;
  #             ^^^^ sshd-socket-activated warning
}
--@ ssh.nix
{ config, lib, ... }: {
  options.my.ssh.lazy = lib.mkEnableOption "socket activation";
  config = lib.mkIf config.services.openssh.enable {
    services.openssh.startWhenNeeded = config.my.ssh.lazy;
  };
}
`,
  );
});

test("a host on which any module says false by a stronger priority is fine", async () => {
  await expectFindings(
    rule,
    `${flake("a", "b")}
--@ hosts/a/default.nix
{ lib, ... }: { services.openssh.startWhenNeeded = lib.mkForce false; }
--@ hosts/b/default.nix
{ services.openssh.enable = false; }
--@ ssh.nix
{ lib, ... }: { services.openssh = { enable = lib.mkDefault true; startWhenNeeded = true; }; }
`,
  );
});

test("false, and the same name elsewhere, is fine", async () => {
  await expectFindings(
    rule,
    `
{ config, lib, ... }: {
  services.openssh.startWhenNeeded = false;
  services.mpd.network.startWhenNeeded = true;
  services.printing = lib.mkIf config.services.printing.enable { startWhenNeeded = true; };
}
`,
  );
});

test("a comment silences it", async () => {
  const { findings } = await checkSources(`
{
  # nixos-vps: ignore sshd-socket-activated: reached over the console anyway
  services.openssh.startWhenNeeded = true;
}
`);
  assert.deepEqual(findings, []);
});

test("the fix writes false and leaves the rest alone", async () => {
  const fixed = await applyFix(
    rule,
    `
{ lib, ... }:
{
  services.openssh = {
    startWhenNeeded = lib.mkForce true; # saves memory
  };
}
`,
  );
  assert.equal(
    fixed["module.nix"],
    `{ lib, ... }:
{
  services.openssh = {
    startWhenNeeded = lib.mkForce false; # saves memory
  };
}
`,
  );
  assert.deepEqual(await findingsOf(rule, fixed), []);
});
