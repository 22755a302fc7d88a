import type { Configuration } from "../flake/configuration.ts";
import type { Module } from "../model/module.ts";
import type { Expression, ListExpression } from "../syntax/expression.ts";
import { listAround } from "../syntax/findNode.ts";
import { desktopCondition } from "./desktopCondition.ts";
import type { Fix, TextEdit } from "./finding.ts";
import { isHeadless } from "./headless.ts";
import { type ListedPackage, listedPackages } from "./listedPackages.ts";
import { withArguments } from "./moduleArguments.ts";
import { moveUnderCondition } from "./moveElements.ts";
import type { RuleContext } from "./rule.ts";

/** A package that a module shared by several hosts brings to one without a screen. */
export interface LeakedPackage extends ListedPackage {
  /** As it is written, such as `pkgs.grim`. */
  readonly text: string;
  readonly fixes: readonly Fix[];
}

/** Modules that say by their path that they are for machines with a screen. */
const desktopPath =
  /(?:^|[/_.-])(?:desktops?|gui|graphical|graphics|wayland|x11|xorg|xserver|hyprland|sway|niri|gnome|kde|plasma\d?|i3|workstations?|laptops?|apps|games|gaming)(?:[/_.-]|$)/i;

const ownDirectory =
  /\/(?:hosts|machines|systems|nodes)\/(?!(?:common|shared|global|base|core|modules|profiles|default)[/.])[^/]+\//;

/** Packages of some kind that certainly reach a headless host through a module that is not its own. */
export function leakedPackages(
  configuration: Configuration,
  context: RuleContext,
  isLeak: (names: readonly string[]) => boolean,
  patterns?: readonly string[],
): readonly LeakedPackage[] {
  if (configuration.host === undefined || isHeadless(configuration, context.settings) !== "yes") return [];
  const found = listedPackages(configuration, patterns).filter(
    ({ names, item, definition }) =>
      isLeak(names) &&
      isShared(definition.module, context) &&
      ![item.at.file, definition.module.file].some((file) => isForDesktops(file, context)),
  );
  return found.map((each) => ({
    ...each,
    text: context.text(each.item.at.file).slice(each.item.at.start, each.item.at.end),
    fixes: fixesOf(each, found, configuration, context),
  }));
}

/** Whether several hosts import a module, or it lies where such modules lie; what lies with a host, another one takes on purpose. */
function isShared(module: Module, { flake }: RuleContext): boolean {
  const inside = module.file.slice(flake.root.length);
  if (ownDirectory.test(inside)) return false;
  return flake.hostsOf(module).length > 1 || /\/(?:modules?|common|shared|profiles?|base|core)\//.test(inside);
}

function isForDesktops(file: string, { flake }: RuleContext): boolean {
  return desktopPath.test(file.slice(flake.root.length));
}

/** All packages of the same list move together. */
function fixesOf(
  { item }: ListedPackage,
  found: readonly ListedPackage[],
  configuration: Configuration,
  context: RuleContext,
): readonly Fix[] {
  const { file } = item.at;
  const root = context.flake.sources.parsed(file)?.expression;
  const list = root && listAround(root, item.at);
  const module = configuration.modules.find((candidate) => candidate.file === file && candidate.isFile);
  if (!root || !list || !module) return [];
  const elements = elementsOf(list, found, file);
  const condition = desktopCondition(configuration, context);
  const head = withArguments(module, ["config", "lib"], context.text(file));
  if (!head) return [];
  const edits: readonly TextEdit[] = [
    ...head,
    ...moveUnderCondition(context.text(file), file, root, list, elements, condition),
  ];
  return [{ title: `Install only where ${condition.replace(/^config\./, "")}`, safe: false, edits }];
}

function elementsOf(list: ListExpression, found: readonly ListedPackage[], file: string): readonly Expression[] {
  return list.elements.filter(({ start, end }) =>
    found.some(({ item: { at } }) => at.file === file && at.start === start && at.end === end),
  );
}
