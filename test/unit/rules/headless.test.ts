import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuleSettings } from "../../../core/src/rules/ruleSettings.ts";
import { checkSources } from "../markedSources.ts";

/** sshd-socket-activated is a warning on hosts without a screen, and a hint on others. */
async function severityOn(
  host: string,
  body: string,
  settings: Partial<RuleSettings> = {},
): Promise<string | undefined> {
  const { findings } = await checkSources(
    `
--@ flake.nix
{
  outputs = { nixpkgs, srvos, ... }: {
    nixosConfigurations.${host} = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ]; specialArgs = { inherit srvos; }; };
  };
}
--@ host.nix
{ config, lib, modulesPath, inputs, ... }: {
  services.openssh.enable = true;
  services.openssh.startWhenNeeded = true;
  ${body}
}
--@ profiles/server.nix
{ services.fail2ban.enable = true; }
--@ roles/headless.nix
{ config, lib, ... }: {
  options.roles.headless.enable = lib.mkEnableOption "headless";
  config = lib.mkMerge [ { nix.gc.automatic = true; } (lib.mkIf config.roles.headless.enable { documentation.enable = false; }) ];
}
--@ desktop.nix
{ config, lib, ... }: {
  options.my.desktop.enable = lib.mkEnableOption "a desktop";
  config = lib.mkIf config.my.desktop.enable { programs.hyprland.enable = true; };
}
`,
    settings,
  );
  return findings.find(({ rule }) => rule === "sshd-socket-activated")?.severity;
}

const headless: readonly (readonly [title: string, host: string, body: string])[] = [
  ["a QEMU guest", "alpha", 'imports = [ (modulesPath + "/profiles/qemu-guest.nix") ];'],
  ["the same as a string", "alpha", 'imports = [ "${modulesPath}/profiles/qemu-guest.nix" ];'],
  ["the same from nixpkgs", "alpha", 'imports = [ (inputs.nixpkgs + "/nixos/modules/profiles/qemu-guest.nix") ];'],
  ["profiles/headless.nix", "alpha", 'imports = [ (modulesPath + "/profiles/headless.nix") ];'],
  ["the server module of srvos", "alpha", "imports = [ inputs.srvos.nixosModules.server ];"],
  ["hardware of a cloud in srvos", "alpha", "imports = [ inputs.srvos.nixosModules.hardware-hetzner-cloud ];"],
  ["a cloud image of nixpkgs", "alpha", 'imports = [ (modulesPath + "/virtualisation/digital-ocean-config.nix") ];'],
  ["the guest agent", "alpha", "services.qemuGuest.enable = true;"],
  ["cloud-init", "alpha", "services.cloud-init.enable = true;"],
  ["disko on /dev/vda", "alpha", 'disko.devices.disk.main.device = lib.mkDefault "/dev/vda";'],
  ["GRUB on /dev/vda", "alpha", 'boot.loader.grub.devices = [ "/dev/vda" ];'],
  ["a name", "vps-alpha", ""],
  ["a profile in force", "alpha", "imports = [ ./profiles/server.nix ];"],
  ["a greeter on the text console", "vps", "services.greetd.enable = true;"],
  ["a desktop that is off", "vps", "imports = [ ./desktop.nix ];"],
];

for (const [title, host, body] of headless) {
  test(`without a screen: ${title}`, async () => assert.equal(await severityOn(host, body), "warning"));
}

const qemu = '(modulesPath + "/profiles/qemu-guest.nix")';
const others: readonly (readonly [title: string, host: string, body: string])[] = [
  ["nothing says so", "alpha", ""],
  ["a graphical session", "vps", "services.desktopManager.plasma6.enable = true;"],
  ["a virtual machine with a desktop", "alpha", `imports = [ ${qemu} ]; services.xserver.enable = true;`],
  ["a desktop of the flake's own", "alpha", `imports = [ ${qemu} ./desktop.nix ]; my.desktop.enable = true;`],
  ["a profile that is not switched on", "alpha", "imports = [ ./roles/headless.nix ];"],
  ["an import under a condition that is not known", "alpha", `imports = lib.optional inputs.flags.vm ${qemu};`],
  ["an installer", "installer", `imports = [ ${qemu} ];`],
  ["a word inside another one", "observatory", ""],
];

for (const [title, host, body] of others) {
  test(`not known to be without a screen: ${title}`, async () => assert.equal(await severityOn(host, body), "hint"));
}

test("a setting names hosts without a screen", async () => {
  assert.equal(await severityOn("alpha", "", { headlessHosts: ["al*"] }), "warning");
  assert.equal(await severityOn("alpha", "", { headlessHosts: ["beta", "*.al"] }), "hint");
});
