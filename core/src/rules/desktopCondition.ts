import type { Configuration } from "../flake/configuration.ts";
import type { OptionDeclaration } from "../model/module.ts";
import type { RuleContext } from "./rule.ts";

/**
 * What tells hosts with a graphical session from others, as an expression: a switch of the flake's own (`config.my.desktop.enable`)
 * that some other host has on and this one has off, else the option that every desktop of nixpkgs sets
 * (services/misc/graphical-desktop.nix).
 */
export function desktopCondition(configuration: Configuration, { flake }: RuleContext): string {
  const switches = flake.wholeFlake.modules
    .flatMap((module) => module.options)
    .filter(({ path }) => isDesktopSwitch(path) && configuration.flag(path.join(".")).state !== "yes")
    .filter(({ path }) => flake.hosts.some((host) => host.configuration.flag(path.join(".")).state === "yes"))
    .sort((a, b) => a.path.length - b.path.length);
  const path = switches[0]?.path ?? ["services", "graphical-desktop", "enable"];
  return `config.${path.map(attributeName).join(".")}`;
}

function isDesktopSwitch(path: OptionDeclaration["path"]): boolean {
  return (
    path.at(-1) === "enable" &&
    path.length > 1 &&
    /^(?:desktop|graphical|gui|wayland|graphical-?session)$/i.test(path.at(-2) ?? "")
  );
}

function attributeName(name: string): string {
  return /^[A-Za-z_][\w'-]*$/.test(name) ? name : `"${name}"`;
}
