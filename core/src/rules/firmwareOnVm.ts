// nixpkgs hardware/all-firmware.nix adds linux-firmware and its like to every system with `enableRedistributableFirmware`;
// installer/scan/not-detected.nix, which nixos-generate-config imports, sets it with `mkDefault true`, so that only a definition
// stronger than `mkDefault false` switches it off. The devices of a virtual machine are virtual and load no firmware.
import { dirname } from "node:path";
import type { Configuration, ExternalImport } from "../flake/configuration.ts";
import type { Definition, Module } from "../model/module.ts";
import type { Place } from "../syntax/place.ts";
import { deleteText, replaceText } from "./edits.ts";
import type { Fix } from "./finding.ts";
import { guestImports, isInstaller, isVirtualMachine, upstreamImports } from "./headless.ts";
import { insertForced } from "./insertForced.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";

const redistributable = "hardware.enableRedistributableFirmware";
const options = [redistributable, "hardware.enableAllFirmware"];
const notDetected = /^installer\/scan\/not-detected(?:\.nix)?$|\.nixosModules\.notDetected$/;

export const firmwareOnVm: Rule = {
  id: "firmware-on-vm",
  title: "Hardware firmware on a virtual machine",
  summary:
    "Firmware for real hardware makes the system of a virtual machine about 800 MB larger, and nothing there can load it.",
  severity: "warning",
  check: function* (configuration, context): Iterable<RuleFinding> {
    if (configuration.host === undefined) yield* inOneFile(configuration, context);
    else if (isVirtualMachine(configuration) === "yes" && wantsNoFirmware(configuration))
      yield* onHost(configuration, context);
  },
};

function* onHost(configuration: Configuration, context: RuleContext): Iterable<RuleFinding> {
  let isSet = false;
  for (const option of options) {
    if (isSwitchedOff(configuration, option, context)) continue;
    for (const { definition, at } of switchedOn(configuration, option)) {
      isSet = true;
      yield finding(at, option, fixesOfDefinition(configuration, definition, at, option, context));
    }
  }
  if (
    isSet ||
    configuration.flag(redistributable).state !== "unset" ||
    isSwitchedOff(configuration, redistributable, context)
  )
    return;
  for (const found of upstreamImports(configuration, notDetected)) {
    if (found.truth !== "yes" || !found.item) continue;
    yield finding(found.item.at, "not-detected.nix", fixesOfImport(configuration, found, context));
  }
}

/** Modules of no known host: what one file, or the default.nix of a directory above it, says together. */
function* inOneFile(configuration: Configuration, context: RuleContext): Iterable<RuleFinding> {
  const entries = entryFiles(configuration);
  const off = options.flatMap((option) =>
    configuration
      .definitions(option)
      .flatMap((definition) => (isFalse(configuration, definition) ? [definition.module.file] : [])),
  );
  const devices = configuration.modules.filter(setsUpDevices).map(({ file }) => file);
  const guests = filesOf(upstreamImports(configuration, guestImports), configuration).filter(
    (file) => !off.includes(file) && !devices.includes(file),
  );
  if (guests.length === 0 || off.some((file) => !entries.has(file))) return;
  const isAbove = (file: string): boolean =>
    file.endsWith("/default.nix") &&
    guests.some((guest) => guest !== file && dirname(guest).startsWith(`${dirname(file)}/`));
  for (const option of options) {
    for (const { definition, at } of switchedOn(configuration, option)) {
      const { file } = definition.module;
      if (guests.includes(file)) yield finding(at, option, [switchOff(at)]);
      else if (isAbove(file)) yield { ...finding(at, option, []), severity: "hint" };
    }
  }
  for (const { item, module, truth } of upstreamImports(configuration, notDetected)) {
    if (!item || !module || truth !== "yes") continue;
    if (guests.includes(module.file)) yield finding(item.at, "not-detected.nix", [importRemoval(item.at, context)]);
    else if (isAbove(module.file)) yield { ...finding(item.at, "not-detected.nix", []), severity: "hint" };
  }
}

function filesOf(found: ReturnType<typeof upstreamImports>, { modules }: Configuration): readonly string[] {
  return found.flatMap(({ module, truth }) =>
    module && truth === "yes" && modules.includes(module) ? [module.file] : [],
  );
}

/** Files that no other module imports by their path: hosts, as far as they are found so. */
function entryFiles({ modules }: Configuration): ReadonlySet<string> {
  const imported = new Set(
    modules.flatMap(({ imports }) => imports.flatMap(({ value }) => (value.kind === "path" ? [value.path] : []))),
  );
  return new Set(modules.flatMap(({ file }) => (imported.has(file) || imported.has(dirname(file)) ? [] : [file])));
}

function finding(at: Place, cause: string, fixes: readonly Fix[]): RuleFinding {
  const how = cause === "not-detected.nix" ? "not-detected.nix switches it on. " : "";
  return {
    at,
    message:
      "About 800 MB of firmware for real hardware (linux-firmware and others) go into the system of a virtual machine, whose devices load none. " +
      `${how}On a small VPS that is the difference between a system that fits and one that does not.`,
    fixes,
  };
}

const deviceFlags = ["networking.wireless.enable", "networking.wireless.iwd.enable", "hardware.bluetooth.enable"];

/** Whether a module sets up real devices, whatever else it imports. */
function setsUpDevices({ definitions }: Module): boolean {
  return definitions.some(
    ({ path }) => deviceFlags.includes(path.join(".")) || /^hardware\.(?:nvidia|amdgpu)\b/.test(path.join(".")),
  );
}

/** Firmware is wanted where a real device is passed through to the machine, and by an installer, which runs anywhere. */
function wantsNoFirmware(configuration: Configuration): boolean {
  if (isInstaller(configuration)) return false;
  const isSure = (definition: Definition): boolean => configuration.holds(definition.guards) === "yes";
  const drivers = ["boot.extraModulePackages", "services.xserver.videoDrivers"].flatMap((option) =>
    configuration
      .definitions(option)
      .filter(isSure)
      .flatMap((definition) => configuration.items(definition.value, definition)),
  );
  const usesDevice =
    drivers.some(
      ({ guards, value }) =>
        configuration.holds(guards) === "yes" && !(value.kind === "string" && value.text === "modesetting"),
    ) ||
    configuration.definitionsBelow("hardware.nvidia").some(isSure) ||
    deviceFlags.some((path) => configuration.flag(path).state === "yes");
  return !usesDevice;
}

/** Definitions that decide that an option is on. */
function switchedOn(configuration: Configuration, option: string): { definition: Definition; at: Place }[] {
  const { state } = configuration.flag(option);
  if (configuration.host !== undefined && state !== "yes") return [];
  const definitions = configuration.definitions(option);
  const strongest = Math.min(...definitions.map(({ priority }) => priority));
  return definitions
    .filter((definition) => definition.priority === strongest && configuration.holds(definition.guards) === "yes")
    .flatMap((definition) =>
      configuration
        .values(definition.value)
        .flatMap((value) => (value.kind === "boolean" && value.value ? [{ definition, at: value.at }] : [])),
    );
}

/** Whether something says no, or may say so on a host of which not all modules were found. */
function isSwitchedOff(configuration: Configuration, option: string, { flake }: RuleContext): boolean {
  if (configuration.flag(option).state === "no") return true;
  const { host, widest } = configuration;
  if (widest === configuration) return false;
  return widest.definitions(option).some((definition) => {
    const hosts = flake.hostsOf(definition.module);
    const mayApply = hosts.length === 0 || (host !== undefined && hosts.includes(host));
    return mayApply && isFalse(configuration, definition);
  });
}

function isFalse(configuration: Configuration, { value }: Definition): boolean {
  return configuration.values(value).some((each) => each.kind === "boolean" && !each.value);
}

function fixesOfDefinition(
  configuration: Configuration,
  definition: Definition,
  at: Place,
  option: string,
  context: RuleContext,
): readonly Fix[] {
  if (isForGuestsOnly(definition.module, context)) return [switchOff(at)];
  return forceOff(configuration, option, context);
}

function fixesOfImport(
  configuration: Configuration,
  { item, module }: ExternalImport,
  context: RuleContext,
): readonly Fix[] {
  if (item && module && isForGuestsOnly(module, context)) return [importRemoval(item.at, context)];
  return forceOff(configuration, redistributable, context);
}

function switchOff(at: Place): Fix {
  return { title: "Leave the firmware out", safe: false, edits: [replaceText(at, "false")] };
}

function importRemoval(at: Place, { text }: RuleContext): Fix {
  return { title: "Do not import not-detected.nix", safe: false, edits: [deleteText(text(at.file), at)] };
}

/** A shared module stays as it is; the virtual machine says no for itself. */
function forceOff(configuration: Configuration, option: string, context: RuleContext): readonly Fix[] {
  const evident = upstreamImports(configuration, guestImports).flatMap(({ module }) => module ?? []);
  const own = configuration.modules.filter((module) => module.isFile && context.flake.hostsOf(module).length === 1);
  const edits = [...evident, ...own]
    .filter((module) => isForGuestsOnly(module, context))
    .map((module) => insertForced(module, option, "false", context))
    .find((found) => found !== undefined);
  return edits ? [{ title: `Leave the firmware out on ${configuration.host}`, safe: false, edits }] : [];
}

function isForGuestsOnly(module: Module, { flake }: RuleContext): boolean {
  const hosts = flake.hostsOf(module);
  return (
    hosts.length > 0 &&
    flake.hosts.every(({ name, configuration }) => !hosts.includes(name) || isVirtualMachine(configuration) === "yes")
  );
}
