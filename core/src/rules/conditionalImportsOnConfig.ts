// The module system must know all imports before it can compute `config`, and `pkgs` and `options` come out of the same evaluation
// (nixpkgs lib/modules.nix, `collectModules`; its own message since https://github.com/NixOS/nixpkgs/pull/430204: "if you get an
// infinite recursion here, you probably reference `config` in `imports`"). `lib.mkIf` around a set is data and may stand in
// `imports`; around a path, a function or the whole list it is not what the module system expects there (`loadModule`).
import { calleeName } from "../model/library.ts";
import type { Module } from "../model/module.ts";
import type { Guard, ListItem, ReferenceValue, Value } from "../model/value.ts";
import type { Expression } from "../syntax/expression.ts";
import type { Severity } from "./finding.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";

export const conditionalImportsOnConfig: Rule = {
  id: "conditional-imports-on-config",
  title: "Imports depend on config",
  summary:
    "`imports` is read before `config` exists, so imports that depend on it end the evaluation with an infinite recursion.",
  severity: "error",
  checkModule: function* (module, context): Iterable<RuleFinding> {
    const { importsValue } = module;
    if (!importsValue) return;
    yield* conditionalList(module);
    for (const item of module.imports) yield* conditionalPath(item);
    const own = module.heads.at(-1);
    const seen = new Set<string>();
    for (const reference of forcedReferences(importsValue)) {
      if (reference.root.binder === undefined || reference.root.binder !== own) continue;
      const found = describe(reference, context);
      const key = `${reference.at.start}:${reference.at.end}`;
      if (!found || reference.at.file !== module.file || seen.has(key)) continue;
      seen.add(key);
      yield { at: reference.at, ...found };
    }
  },
};

function describe(
  { root, path }: ReferenceValue,
  context: RuleContext,
): { message: string; severity: Severity } | undefined {
  const name = [root.name, ...path].slice(0, 5).join(".");
  const advice =
    "Import the module always and put its settings under `config = lib.mkIf …`, or pass the switch through `specialArgs`.";
  if (root.name === "config" || root.name === "options") {
    return {
      severity: "error",
      message: `The evaluation ends with "infinite recursion encountered": \`imports\` needs \`${name}\`, which is only known when all imports are. ${advice}`,
    };
  }
  if (root.name !== "pkgs" || passesPkgs(context)) return undefined;
  return {
    severity: "warning",
    message: `The evaluation ends with "infinite recursion encountered" unless \`pkgs\` comes through \`specialArgs\`: \`imports\` needs \`${name}\`, and \`pkgs\` is itself set by modules. ${advice}`,
  };
}

/** `imports = lib.mkIf condition [ … ];`: a list is wanted, and `mkIf` gives a set. */
function* conditionalList(module: Module): Iterable<RuleFinding> {
  const expression = module.importsBinding?.value;
  if (!expression || !isCallOf(expression, "mkIf")) return;
  yield {
    at: { file: module.file, start: expression.start, end: expression.end },
    message:
      "The evaluation fails: `imports` has to be a list, and `lib.mkIf` makes a set of it. " +
      "Import the module always and put its settings under `config = lib.mkIf …`, or write `lib.optionals` with a condition that does not need `config`.",
  };
}

/** `imports = [ (lib.mkIf condition ./x.nix) ];`: the path is taken for a set of options. */
function* conditionalPath({ value }: ListItem): Iterable<RuleFinding> {
  if (value.kind !== "guarded" || !["path", "string", "text", "function"].includes(value.content.kind)) return;
  yield {
    at: value.content.at,
    message:
      "The evaluation fails: `lib.mkIf` cannot make an import conditional, the file is taken for option values. " +
      "Import the module always and put its settings under `config = lib.mkIf …`, or write `lib.optional` with a condition that does not need `config`.",
  };
}

/** References that must be known before the list of imports is: conditions, the list itself, paths, what is mapped over. */
function forcedReferences(value: Value, depth = 0): readonly ReferenceValue[] {
  if (depth > 12) return [];
  const inner = (values: readonly Value[]): readonly ReferenceValue[] =>
    values.flatMap((each) => forcedReferences(each, depth + 1));
  const conditions = (guards: readonly Guard[]): readonly ReferenceValue[] =>
    inner(guards.map((guard) => guard.condition));
  switch (value.kind) {
    case "reference":
      return [value];
    case "list":
      return value.items.flatMap((item) => [...conditions(item.guards), ...forcedElement(item, depth)]);
    case "guarded":
      return [...conditions(value.guards), ...forcedReferences(value.content, depth + 1)];
    case "merge":
      return inner(value.contents);
    case "priority":
      return forcedReferences(value.content, depth + 1);
    case "operation":
      return inner(value.operands);
    case "text":
      return inner(value.parts.filter((part) => typeof part !== "string"));
    case "mapped":
      return forcedReferences(value.over, depth + 1);
    case "call":
      // The function itself is needed in any case; what it does with its arguments is known of these only.
      return [
        ...forcedReferences(value.function, depth + 1),
        ...(forcingFunctions.test(calleeName(value) ?? "") ? inner(value.arguments) : []),
      ];
    default:
      return [];
  }
}

const forcingFunctions =
  /^(?:pathExists|readDir|import|elem|any|all|hasAttr|filter|attrNames|attrValues|elementOf|length|versionAtLeast|versionOlder|toString)$/;

/** An element of the list: `lib.mkIf` around a set, and everything inside a set or a function, is only looked at later. */
function forcedElement({ value, spread }: ListItem, depth: number): readonly ReferenceValue[] {
  const isData = value.kind === "attrs" || (value.kind === "guarded" && value.content.kind === "attrs");
  return isData && !spread ? [] : forcedReferences(value, depth + 1);
}

function isCallOf(expression: Expression, name: string): boolean {
  if (expression.kind !== "apply") return false;
  const { function: callee } = expression;
  if (callee.kind === "apply") return isCallOf(callee, name);
  if (callee.kind === "variable") return callee.name === name;
  const last = callee.kind === "select" ? callee.path.at(-1)?.parts : undefined;
  return last?.length === 1 && last[0] === name;
}

/** Whether some file of the flake hands its own `pkgs` to the modules as a special argument. */
function passesPkgs({ flake, text }: RuleContext): boolean {
  const isPassed = /[sS]pecialArgs\s*=[^}]*(?<![\w.'-])pkgs(?![\w.'-])/;
  return flake.sources.paths().some((file) => isPassed.test(withoutStrings(text(file))));
}

function withoutStrings(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
}
