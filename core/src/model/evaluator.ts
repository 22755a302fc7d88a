import type { Expression } from "../syntax/expression.ts";
import type { Place } from "../syntax/place.ts";
import { apply, enterFunction } from "./evaluator/application.ts";
import { evaluateBinary } from "./evaluator/binaryOperators.ts";
import { bindingsScope, evaluateAttrs } from "./evaluator/bindings.ts";
import { relocate, select, systemName } from "./evaluator/selection.ts";
import { attributeText, evaluatePath, joinText } from "./evaluator/texts.ts";
import { isLibraryFunction } from "./library.ts";
import { attrsOf, negated } from "./operations.ts";
import { lexicalBinding, type Scope, withEnvironments } from "./scope.ts";
import {
  type AttrEntry,
  type FunctionValue,
  lazy,
  placeOf,
  type ReferenceValue,
  referencePath,
  unknown,
  type Value,
} from "./value.ts";

/** What the evaluator may see of the file system; `from` is the file whose expression asks. */
export interface EvaluationFiles {
  /** The value of the expression in a Nix file (a directory means its default.nix), or undefined when it is not part of the project. */
  importValue(path: string, from: string): Value | undefined;
  /** Names in a directory with what they are, or undefined when there is no such directory. */
  readDirectory(path: string, from: string): ReadonlyMap<string, "regular" | "directory"> | undefined;
  exists(path: string, from: string): boolean;
  /** Text of a Nix file, for the names of computed attributes. */
  text(path: string): string;
  /** The outputs of the flake, for `self`. */
  selfOutputs(): Value | undefined;
  /** The directory of the flake, which `"${self}"` is a copy of. */
  readonly root: string;
}

/** Partial evaluation of Nix: whatever is not written down in the flake stays symbolic; nothing throws and everything ends. */
export interface Evaluator {
  readonly files: EvaluationFiles;
  evaluate(expression: Expression, scope: Scope | undefined, file: string): Value;
  /** What a name means where it stands. */
  variable(name: string, scope: Scope | undefined, at: Place): Value;
  /** Computes a value unless the evaluation is too deep for that. */
  deeper(at: Place, compute: () => Value): Value;
  apply(callee: Value, argument: () => Value, at: Place): Value;
  /** The attribute `name` of a value; undefined when the value certainly has none. */
  select(value: Value, name: string, at: Place): Value | undefined;
  /** Applies a function to symbolic arguments named like its formals, as the module system would. */
  enterFunction(value: FunctionValue, isModule: boolean): Value;
}

const maximalDepth = 180;
const maximalSteps = 100_000;

export function createEvaluator(files: EvaluationFiles): Evaluator {
  let depth = 0;
  let steps = 0;

  const evaluator: Evaluator = {
    files,
    evaluate,
    variable,
    deeper,
    apply: (callee, argument, at) => apply(evaluator, callee, argument, at),
    select: (value, name, at) => select(evaluator, value, name, at),
    enterFunction: (value, isModule) => enterFunction(evaluator, value, isModule),
  };
  return evaluator;

  function evaluate(expression: Expression, scope: Scope | undefined, file: string): Value {
    if (depth === 0) steps = 0;
    const at = placeOf(file, expression);
    return ++steps > maximalSteps ? unknown(at) : deeper(at, () => evaluateHere(expression, scope, at));
  }

  function deeper(at: Place, compute: () => Value): Value {
    if (depth > maximalDepth) return unknown(at);
    depth++;
    try {
      return compute();
    } finally {
      depth--;
    }
  }

  function evaluateHere(expression: Expression, scope: Scope | undefined, at: Place): Value {
    const { file } = at;
    const later = (inner: Expression): (() => Value) => lazy(placeOf(file, inner), () => evaluate(inner, scope, file));
    switch (expression.kind) {
      case "string":
        return joinText(evaluator, expression.parts, scope, at);
      case "path":
        return evaluatePath(evaluator, expression.parts, scope, at);
      case "number":
        return { kind: "number", value: expression.value, at };
      case "variable":
        return variable(expression.name, scope, at);
      case "list":
        return {
          kind: "list",
          items: expression.elements.map((element) => ({
            value: evaluate(element, scope, file),
            spread: false,
            guards: [],
            at: placeOf(file, element),
          })),
          at,
        };
      case "attrs":
        return evaluateAttrs(evaluator, expression, scope, at);
      case "let":
        return evaluate(expression.body, bindingsScope(evaluator, expression.bindings, scope, file), file);
      case "with":
        return evaluate(
          expression.body,
          { kind: "with", environment: later(expression.environment), parent: scope },
          file,
        );
      case "assert":
        return evaluate(expression.body, scope, file);
      case "if": {
        const condition = evaluate(expression.condition, scope, file);
        if (condition.kind === "boolean")
          return evaluate(condition.value ? expression.consequence : expression.alternative, scope, file);
        const branch = (inner: Expression, isElse: boolean): Value => ({
          kind: "guarded",
          guards: [{ condition, negated: isElse }],
          content: evaluate(inner, scope, file),
          at: placeOf(file, inner),
        });
        return {
          kind: "merge",
          contents: [branch(expression.consequence, false), branch(expression.alternative, true)],
          at,
        };
      }
      case "function":
        return {
          kind: "function",
          expression,
          scope: scope ?? { kind: "bindings", names: new Map(), parent: undefined },
          at,
        };
      case "apply":
        return evaluator.apply(evaluate(expression.function, scope, file), later(expression.argument), at);
      case "select": {
        let value = evaluate(expression.from, scope, file);
        const { fallback } = expression;
        for (const name of expression.path) {
          const text = attributeText(evaluator, name, scope, file) ?? systemName(evaluator, value, name, file);
          const next = text === undefined ? unknown(at) : evaluator.select(value, text, at);
          if (!next) return fallback ? evaluate(fallback, scope, file) : unknown(at);
          value = next;
        }
        return fallback && value.kind === "reference" ? { ...value, fallback: later(fallback) } : value;
      }
      case "hasAttribute": {
        const from = evaluate(expression.from, scope, file);
        const names = expression.path.map((name) => attributeText(evaluator, name, scope, file) ?? "");
        const attrs = attrsOf(from);
        if (attrs && !attrs.open && names.length === 1 && names[0]) {
          return { kind: "boolean", value: attrs.entries.some((entry) => entry.name === names[0]), at };
        }
        return {
          kind: "operation",
          operator: "?",
          operands: [from, { kind: "string", text: names.join("."), at }],
          at,
        };
      }
      case "unary": {
        const operand = evaluate(expression.operand, scope, file);
        if (expression.operator === "!") return negated(operand, at);
        return operand.kind === "number" ? { kind: "number", value: -operand.value, at } : unknown(at);
      }
      case "binary":
        return evaluateBinary(evaluator, expression.operator, expression.left, expression.right, scope, at);
      case "unreadable":
        return unknown(at);
    }
  }

  function variable(name: string, scope: Scope | undefined, at: Place): Value {
    const bound = lexicalBinding(scope, name);
    if (bound) return relocate(bound(), at);
    if (name === "true" || name === "false") return { kind: "boolean", value: name === "true", at };
    if (name === "null") return { kind: "null", at };
    const free = (path: string[]): ReferenceValue => ({
      kind: "reference",
      root: { name: path[0] ?? name, binder: undefined, isModuleArgument: false },
      path: path.slice(1),
      fallback: undefined,
      at,
    });
    if (name === "builtins") return free([name]);
    if (name === "__curPos") {
      const file: Value = { kind: "string", text: at.file, at };
      const entry: AttrEntry = {
        name: "file",
        computedName: undefined,
        value: () => file,
        guards: [],
        at,
        binding: undefined,
      };
      return { kind: "attrs", entries: [entry], open: true, literal: undefined, at };
    }
    let guess: Value | undefined;
    for (const environment of withEnvironments(scope)) {
      const value = environment();
      const attrs = attrsOf(value);
      const entry = attrs?.entries.some((candidate) => candidate.name === name);
      if (entry) return evaluator.select(value, name, at) ?? unknown(at);
      const isExtended = value.kind === "operation" && value.operator === "//";
      const selected = isExtended || value.kind === "reference" ? evaluator.select(value, name, at) : undefined;
      if (selected?.kind !== "reference") continue;
      if (isLibraryFunction(referencePath(selected) ?? [])) return selected;
      guess ??= selected;
    }
    if (isLibraryFunction([name])) return free(["builtins", name]);
    return guess ?? free([name]);
  }
}
