import type { Module } from "../model/module.ts";
import type { AttrsExpression, Binding } from "../syntax/expression.ts";
import { findNode } from "../syntax/findNode.ts";
import { insertBindingAfter } from "./edits.ts";
import type { TextEdit } from "./finding.ts";
import { withArguments } from "./moduleArguments.ts";
import type { RuleContext } from "./rule.ts";

/**
 * Edits that make a module set an option with `lib.mkForce`; undefined when the module is not written in a way that leaves no
 * doubt about the place.
 */
export function insertForced(
  module: Module,
  option: string,
  value: string,
  context: RuleContext,
): readonly TextEdit[] | undefined {
  const source = context.text(module.file);
  const anchor = importsAmongSettings(module, context) ?? unconditionalSetting(module);
  const head = anchor && withArguments(module, ["lib"], source);
  return head && [...head, insertBindingAfter(source, module.file, anchor, `${option} = lib.mkForce ${value};`)];
}

/** In a module with `config` or `options` at the top, settings do not stand beside `imports`. */
function importsAmongSettings({ importsBinding, file }: Module, { flake }: RuleContext): Binding | undefined {
  const root = flake.sources.parsed(file)?.expression;
  if (!importsBinding || !root) return undefined;
  const holdsImports = (node: { kind: string }): node is AttrsExpression =>
    node.kind === "attrs" && (node as AttrsExpression).bindings.includes(importsBinding);
  const set = findNode(root, holdsImports, importsBinding);
  const isStructured = set?.bindings.some((binding) => binding.kind === "binding" && isStructure(binding));
  return set && !isStructured ? importsBinding : undefined;
}

function isStructure({ path }: Binding): boolean {
  const name = path[0]?.parts[0];
  return name === "config" || name === "options";
}

/** A setting that is written with its whole path (`networking.hostName = …`), so that others may stand behind it. */
function unconditionalSetting({ definitions, file }: Module): Binding | undefined {
  const whole = definitions.filter(
    ({ binding, path, guards, name }) =>
      binding && binding.path.length === path.length && guards.length === 0 && name.file === file,
  );
  const preferred = whole.find(({ path }) => path.join(".") === "networking.hostName");
  return (preferred ?? whole[0])?.binding;
}
