import type { Configuration } from "../flake/configuration.ts";
import { possiblePackages } from "../rules/listedPackages.ts";
import { createLineIndex, type LineIndex } from "../syntax/lineIndex.ts";
import type { Place } from "../syntax/place.ts";

/** A place in a module that adds to the system: a package in a list, or the definition of an option. */
export interface WrittenAddition {
  /** Absolute path of the file it is written in. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** The package, or the name of the option. */
  readonly at: Place;
  /** The option, with the names that the module gives: `users.users.alice.packages`. */
  readonly option: string;
  /** Attributes below the package set, such as `["kdePackages", "kate"]`; empty for a definition as a whole. */
  readonly names: readonly string[];
  /** As it is written, such as `pkgs.zbar`; empty for a definition. */
  readonly text: string;
}

/** Lists of packages that become part of the system. */
const lists = [
  "environment.systemPackages",
  "environment.defaultPackages",
  "environment.corePackages",
  "fonts.packages",
  "fonts.fonts",
  "hardware.firmware",
  "hardware.graphics.extraPackages",
  "boot.extraModulePackages",
  "systemd.packages",
  "services.udev.packages",
  "services.dbus.packages",
  "programs.nix-ld.libraries",
  "users.users.*.packages",
  "home-manager.users.*.home.packages",
  "systemd.services.*.path",
];

/** Options with one value that becomes part of the system. */
const others = [
  "nix.package",
  "nixpkgs.flake.source",
  "users.users.*.shell",
  "environment.etc.*",
  "systemd.services.*",
];

export function writtenAdditions(
  configuration: Configuration,
  text: (file: string) => string,
): readonly WrittenAddition[] {
  const indices = new Map<string, LineIndex>();
  const lineOf = ({ file, start }: Place): number => {
    const index = indices.get(file) ?? createLineIndex(text(file));
    indices.set(file, index);
    return index.position(start).line + 1;
  };
  const packages = possiblePackages(configuration, lists).map(
    ({ names, item, definition }): WrittenAddition => ({
      file: item.at.file,
      line: lineOf(item.at),
      at: item.at,
      option: definition.path.join("."),
      names,
      text: text(item.at.file).slice(item.at.start, item.at.end),
    }),
  );
  const definitions = [
    ...lists.flatMap((pattern) => configuration.definitions(pattern)),
    ...others.flatMap((pattern) => configuration.definitionsBelow(pattern)),
  ].map(
    ({ name, path }): WrittenAddition => ({
      file: name.file,
      line: lineOf(name),
      at: name,
      option: path.join("."),
      names: [],
      text: "",
    }),
  );
  return [...packages, ...definitions];
}
