import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import { isInstaller, upstreamImports } from "./headless.ts";

/** Modules of nixpkgs and of other flakes that only live images, test machines and guests import. */
const disposableImports =
  /iso-image|netboot|kexec|^virtualisation\/(?:qemu-vm|build-vm)|nixosModules\.(?:microvm|iso|install-iso)$/;

/** Names of hosts, directories and files that say the same; whole words only, so that `isolation.nix` is none of them. */
const disposableName =
  /(?:^|[-_.])(?:iso|install-?iso|installer|live|live-?(?:cd|iso|usb)|netboot|kexec|tests?|vm-?tests?|test-?vm|checks?)(?:[-_.]|$)/i;

/** Files that are by their name for `nixos-rebuild build-vm`; a host may be called like that too. */
const virtualMachineFile = /^(?:vm|vm-?variant|build-?vm|qemu-?vm)\.nix$/;

/** What `lib.mkImageMediaOverride` gives the file systems of bootable media (nixpkgs lib/modules.nix). */
const imageMediaPriority = 60;

/** Options of microvm.nix that the host of the guests sets; all others make a guest. */
const microvmHostOptions: ReadonlySet<string> = new Set(["host", "vms", "autostart", "stateDir"]);

/**
 * Whether a definition belongs to a system that is thrown away (live image, installer, test machine, container, microVM guest),
 * where a password that everyone knows is the point.
 */
export function isDisposable(configuration: Configuration, definition: Definition, root: string): boolean {
  const { module } = definition;
  const names = module.file.slice(root.length).split("/");
  if (names.some((name) => disposableName.test(name)) || virtualMachineFile.test(names.at(-1) ?? "")) return true;
  return module.definitions.some(isDisposableOption) || isDisposableHost(configuration);
}

function isDisposableHost(configuration: Configuration): boolean {
  if (configuration.host === undefined) return false;
  return (
    isInstaller(configuration) ||
    disposableName.test(configuration.host) ||
    upstreamImports(configuration, disposableImports).some(({ truth }) => truth !== "no") ||
    ["isoImage", "microvm"].some((option) => configuration.definitionsBelow(option).some(isDisposableOption)) ||
    configuration.flag("boot.isContainer").state === "yes" ||
    configuration.definitionsBelow("fileSystems").some(({ priority }) => priority === imageMediaPriority)
  );
}

function isDisposableOption({ path: [first, second = ""] }: Definition): boolean {
  return first === "isoImage" || (first === "microvm" && !microvmHostOptions.has(second));
}
