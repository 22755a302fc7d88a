import type { Configuration, ExternalImport, Truth } from "../flake/configuration.ts";
import type { Definition, Module } from "../model/module.ts";
import type { Guard } from "../model/value.ts";
import type { RuleSettings } from "./ruleSettings.ts";

/**
 * Whether a host has no screen: `yes` when something says so (a setting, a profile, a virtual machine, the name) and nothing
 * starts a graphical session; `no` when something does.
 */
export function isHeadless(configuration: Configuration, settings: RuleSettings): Truth {
  const { host } = configuration;
  if (host !== undefined && settings.headlessHosts.some((pattern) => matchesHost(pattern, host))) return "yes";
  if (isInstaller(configuration)) return "no";
  const evidence = remember(configuration, "headless", () => {
    if (hasGraphicalSession(configuration) === "yes") return "no";
    const isServer =
      hasServerImport(configuration) ||
      hasServerName(configuration) ||
      configuration.flag("services.cloud-init.enable").state === "yes" ||
      isVirtualMachine(configuration) === "yes";
    return isServer ? "yes" : "maybe";
  });
  return evidence;
}

/** Whether a host runs on a hypervisor, by the profiles, guest services, disks and initrd modules it has. */
export function isVirtualMachine(configuration: Configuration): Truth {
  return remember(configuration, "virtual", () => {
    const imported = upstreamImports(configuration, guestImports);
    if (imported.some(({ truth }) => truth === "yes")) return "yes";
    if (guestFlags.some((path) => configuration.flag(path).state === "yes")) return "yes";
    return hasVirtioDisk(configuration) || loadsVirtio(configuration) ? "yes" : "maybe";
  });
}

/** Whether it is a system that is booted to install another one, on any hardware. */
export function isInstaller(configuration: Configuration): boolean {
  return (
    upstreamImports(
      configuration,
      /^installer\/(?:cd-dvd|netboot|sd-card|kexec)|kexec-installer|^profiles\/installation-device/,
    ).length > 0 || hasNameLike(configuration, /^(?:iso|installer|live(?:cd|iso)?|netboot|kexec|bootstrap)$/)
  );
}

/** Imports of modules outside the flake whose name a pattern matches, with whether their conditions hold. */
export function upstreamImports(
  configuration: Configuration,
  pattern: RegExp,
): readonly (ExternalImport & { readonly truth: Truth })[] {
  return configuration.externalImports
    .filter(({ name }) => pattern.test(name))
    .map((found) => ({ ...found, truth: configuration.holds(importGuards(found)) }));
}

/** Modules of nixpkgs and srvos that only suit virtual machines (nixos/modules/virtualisation; srvos nixos/hardware). */
export const guestImports =
  /^profiles\/qemu-guest|^virtualisation\/(?:amazon|azure|brightbox|cloudstack|digital-ocean|ec2|google-compute|hyperv|kubevirt|linode|oci|openstack|proxmox-image|qemu-vm|virtualbox-image|vmware)|(?:hardware-(?:hetzner-cloud|vultr-vm|digitalocean|amazon))/;

const serverImports =
  /^profiles\/headless|\.(?:server|roles-[\w-]+|hardware-[\w-]*(?:cloud|vm|online|droplet|amazon)[\w-]*)$/;

const guestFlags = [
  "services.qemuGuest.enable",
  "services.spice-vdagentd.enable",
  "virtualisation.hypervGuest.enable",
  "virtualisation.vmware.guest.enable",
  "virtualisation.virtualbox.guest.enable",
  "virtualisation.xen.guest.enable",
];

/**
 * Options that start a graphical session (nixpkgs nixos/modules/services/{x11,display-managers,desktop-managers}, programs/wayland).
 * `services.greetd` and a bare `services.displayManager.enable` are not among them: they also greet on a text console (tuigreet).
 */
const graphicalOptions = [
  "services.xserver.enable",
  "services.graphical-desktop.enable",
  "services.cage.enable",
  "services.displayManager.*.enable",
  "services.desktopManager.*.enable",
  "programs.hyprland.enable",
  "programs.sway.enable",
  "programs.niri.enable",
  "programs.river.enable",
  "programs.river-classic.enable",
  "programs.labwc.enable",
  "programs.wayfire.enable",
  "programs.miracle-wm.enable",
  "programs.steam.enable",
  "jovian.steam.enable",
  "home-manager.users.*.wayland.windowManager.*.enable",
  "home-manager.users.*.xsession.enable",
];

/** Switches of the flake's own for a graphical session, such as `modules.desktop.enable`; names of nixpkgs options are above. */
const graphicalName =
  /^(?:desktops?|graphical|graphics?-?session|gui|wayland|x11|xorg|hyprland|sway|niri|gnome|plasma\d?|kde|i3|xmonad|bspwm|awesome|river)$/i;
const upstreamRoots = new Set(["services", "programs", "hardware", "home-manager", "environment", "xdg", "security"]);

/** Whether a graphical session is started. */
export function hasGraphicalSession(configuration: Configuration): Truth {
  return remember(configuration, "graphical", () => {
    const known = graphicalOptions.flatMap((pattern) => configuration.definitions(pattern));
    const own = configuration.modules.flatMap(ownGraphicalSwitches);
    let result: Truth = "no";
    for (const path of new Set([...known, ...own].map((definition) => definition.path.join(".")))) {
      const { state } = configuration.flag(path);
      if (state === "yes") return "yes";
      if (state === "maybe") result = "maybe";
    }
    return result === "no" && !configuration.complete ? "maybe" : result;
  });
}

const switchesByModule = new WeakMap<Module, readonly Definition[]>();

function ownGraphicalSwitches(module: Module): readonly Definition[] {
  const known = switchesByModule.get(module);
  if (known) return known;
  const switches = module.definitions.filter(({ path }) => {
    const [root = ""] = path;
    return path.at(-1) === "enable" && !upstreamRoots.has(root) && path.some((name) => graphicalName.test(name));
  });
  switchesByModule.set(module, switches);
  return switches;
}

function hasServerImport(configuration: Configuration): boolean {
  if (upstreamImports(configuration, serverImports).some(({ truth }) => truth === "yes")) return true;
  return configuration.host !== undefined && configuration.modules.some(isServerProfile);
}

const serverProfile =
  /\/(?:profiles?|roles?|suites?|presets?|mixins|_mixins|bundles?|types?|common|shared|base|modules|nixos|hosts|machines)\/(?:servers?|headless|vps)(?:\.nix|\/default\.nix)$/;

/** A module named like `profiles/server.nix` that is in force as soon as it is imported. */
function isServerProfile(module: Module): boolean {
  if (!serverProfile.test(module.file)) return false;
  const hasSwitch = module.options.some(({ path }) => path.at(-1) === "enable");
  return !hasSwitch && module.definitions.some((definition) => definition.guards.length === 0);
}

/** Words of host names that stand for rented machines and servers. */
const serverWord =
  /^(?:vps|server|srv|headless|cloud|hcloud|proxy|relay|gateway|bastion|hetzner|linode|vultr|droplet|digitalocean|netcup|contabo|ovh|ec2|gce|gcp|dmit|racknerd)$/;

function hasServerName(configuration: Configuration): boolean {
  return hasNameLike(configuration, serverWord);
}

function hasNameLike(configuration: Configuration, word: RegExp): boolean {
  const { host } = configuration;
  if (host === undefined) return false;
  return host
    .toLowerCase()
    .split(/[^a-z]+/)
    .some((part) => word.test(part));
}

const virtioDisk = /^\/dev\/vd[a-z]/;

function hasVirtioDisk(configuration: Configuration): boolean {
  const scalars = ["disko.devices.disk.*.device", "fileSystems.*.device", "boot.loader.grub.device"];
  const isVirtio = (definition: Definition): boolean =>
    isOwn(configuration, definition.guards) &&
    configuration.values(definition.value).some((value) => value.kind === "string" && virtioDisk.test(value.text));
  if (scalars.some((pattern) => configuration.definitions(pattern).some(isVirtio))) return true;
  return listStrings(configuration, "boot.loader.grub.devices").some(({ text }) => virtioDisk.test(text));
}

/** A list of initrd modules that several hosts share may name virtio for the sake of one of them. */
function loadsVirtio(configuration: Configuration): boolean {
  return ["boot.initrd.availableKernelModules", "boot.initrd.kernelModules"].some((pattern) =>
    listStrings(configuration, pattern).some(
      ({ text, module }) => /^virtio_(?:pci|blk|scsi|net)$/.test(text) && isHardwareFile(module),
    ),
  );
}

function isHardwareFile(module: Module): boolean {
  return /hardware(?:-configuration)?\.nix$/.test(module.file);
}

function listStrings(configuration: Configuration, pattern: string): { text: string; module: Module }[] {
  return configuration.definitions(pattern).flatMap((definition) =>
    configuration.items(definition.value, definition).flatMap((item) => {
      const isKnown = item.value.kind === "string" && isOwn(configuration, [...definition.guards, ...item.guards]);
      return isKnown && item.value.kind === "string" ? [{ text: item.value.text, module: definition.module }] : [];
    }),
  );
}

function isOwn(configuration: Configuration, guards: readonly Guard[]): boolean {
  return configuration.holds(guards) === "yes";
}

function importGuards({ item }: ExternalImport): readonly Guard[] {
  if (!item) return [];
  return item.value.kind === "guarded" ? [...item.guards, ...item.value.guards] : item.guards;
}

/** `vps-*` matches `vps-ultraman`. */
function matchesHost(pattern: string, host: string): boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`).test(host);
}

const answers = new WeakMap<Configuration, Map<string, Truth>>();

function remember(configuration: Configuration, question: string, decide: () => Truth): Truth {
  const known = answers.get(configuration) ?? new Map<string, Truth>();
  answers.set(configuration, known);
  const before = known.get(question);
  if (before !== undefined) return before;
  const answer = decide();
  known.set(question, answer);
  return answer;
}
