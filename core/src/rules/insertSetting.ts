import type { Module } from "../model/module.ts";
import type { AttrsExpression, Binding } from "../syntax/expression.ts";
import { findNode } from "../syntax/findNode.ts";
import { insertBindingAfter } from "./edits.ts";
import type { TextEdit } from "./finding.ts";
import { withArguments } from "./moduleArguments.ts";
import type { RuleContext } from "./rule.ts";

/**
 * Edits that make a module set an option, behind its `imports`: plainly at priority 100, with `lib.mkForce` at 50. Undefined when the module is
 * not written in a way that leaves no doubt about the place.
 */
export function insertSetting(
  module: Module,
  option: string,
  value: string,
  priority: 50 | 100,
  { flake, text }: RuleContext,
): readonly TextEdit[] | undefined {
  const { importsBinding, file } = module;
  const root = flake.sources.parsed(file)?.expression;
  if (!importsBinding || !root) return undefined;
  const set = findNode(
    root,
    (node): node is AttrsExpression => node.kind === "attrs" && node.bindings.includes(importsBinding),
    importsBinding,
  );
  if (!set || set.bindings.some((binding) => binding.kind === "binding" && isStructure(binding))) return undefined;
  const source = text(file);
  if (priority === 100) return [insertBindingAfter(source, file, importsBinding, `${option} = ${value};`)];
  const head = withArguments(module, ["lib"], source);
  return head && [...head, insertBindingAfter(source, file, importsBinding, `${option} = lib.mkForce ${value};`)];
}

/** In a module with `config` or `options` at the top, settings stand below `config`. */
function isStructure({ path }: Binding): boolean {
  const name = path[0]?.parts[0];
  return name === "config" || name === "options";
}
