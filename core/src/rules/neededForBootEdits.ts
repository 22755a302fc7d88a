import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import type { Binding, Expression } from "../syntax/expression.ts";
import { insertBindingAfter, quoted, replaceText } from "./edits.ts";
import type { TextEdit } from "./finding.ts";
import type { Mount } from "./mounts.ts";
import { normalizePath } from "./paths.ts";
import type { RuleContext } from "./rule.ts";

/**
 * Edits that have the initrd mount a file system: in its entry of `fileSystems`, or, when disko describes it, beside another definition
 * (by default beside disko's). Undefined when there is no good place for them.
 */
export function neededForBootEdits(
  mount: Mount,
  configuration: Configuration,
  context: RuleContext,
  beside: Definition = mount.definition,
): readonly TextEdit[] | undefined {
  const [said] = configuration
    .definitions("fileSystems.*.neededForBoot")
    .filter((other) => normalizePath(other.path[1] ?? "") === mount.path);
  if (said) {
    const { at } = said.value;
    const isLiteral = context.text(at.file).slice(at.start, at.end) === "false";
    return isLiteral ? [replaceText(at, "true")] : undefined;
  }
  return mount.via === "fileSystems" ? inEntry(mount, context) : besideOption(mount, beside, context);
}

function inEntry({ definition }: Mount, context: RuleContext): readonly TextEdit[] | undefined {
  const { binding, name, path } = definition;
  if (!binding || path.length !== 3) return undefined;
  const text = context.text(name.file);
  const prefix = text.slice(binding.start, name.start);
  return [insertBindingAfter(text, name.file, binding, `${prefix}neededForBoot = true;`)];
}

function besideOption(mount: Mount, definition: Definition, context: RuleContext): readonly TextEdit[] | undefined {
  const { module, name } = definition;
  const parsed = context.flake.sources.parsed(module.file);
  if (!parsed || name.file !== module.file) return undefined;
  const around = optionBinding(parsed.expression, name.start, module.at.start);
  if (!around || around.siblings.some(isFileSystemsValue)) return undefined;
  // `config.environment.persistence = …` stands in a set of `options` and `config`.
  const [first, second] = around.binding.path;
  const prefix = first?.parts[0] === "config" && second ? "config." : "";
  const newBinding = `${prefix}fileSystems.${quoted(mount.path)}.neededForBoot = true;`;
  return [insertBindingAfter(parsed.text, module.file, around.binding, newBinding)];
}

/** `fileSystems = lib.mkIf …;`, beside which Nix allows no `fileSystems.x`. */
function isFileSystemsValue({ path, value }: Binding): boolean {
  return path[0]?.parts[0] === "fileSystems" && path.length < 3 && value.kind !== "attrs";
}

interface Around {
  readonly binding: Binding;
  readonly siblings: readonly Binding[];
}

/** The binding of a module's outermost set of options that holds an offset; `from` is where the module begins. */
function optionBinding(root: Expression, offset: number, from: number): Around | undefined {
  if (offset < root.start || offset >= root.end) return undefined;
  if (root.kind !== "attrs") {
    for (const inner of insideOf(root)) {
      const found = optionBinding(inner, offset, from);
      if (found) return found;
    }
    return undefined;
  }
  const bindings = root.bindings.filter((binding) => binding.kind === "binding");
  const binding = bindings.find(({ start, end }) => offset >= start && offset < end);
  if (!binding) return undefined;
  const isAroundModule = root.start < from;
  const isConfig = binding.path.length === 1 && binding.path[0]?.parts[0] === "config";
  return isAroundModule || isConfig ? optionBinding(binding.value, offset, from) : { binding, siblings: bindings };
}

function insideOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "let":
      return [
        ...expression.bindings.flatMap((binding) => (binding.kind === "binding" ? [binding.value] : [])),
        expression.body,
      ];
    case "function":
    case "with":
    case "assert":
      return [expression.body];
    case "apply":
      return [expression.argument, expression.function];
    case "binary":
      return [expression.left, expression.right];
    case "list":
      return expression.elements;
    default:
      return [];
  }
}
