import type { FunctionExpression } from "../../syntax/expression.ts";
import type { Place } from "../../syntax/place.ts";
import type { Evaluator } from "../evaluator.ts";
import { applyLibraryFunction, isLibraryFunction, libraryArity } from "../library.ts";
import type { Scope } from "../scope.ts";
import {
  type AttrEntry,
  type FunctionValue,
  lazy,
  placeOf,
  type ReferenceValue,
  unknown,
  type Value,
} from "../value.ts";

/** What a value gives for one argument. */
export function apply(evaluator: Evaluator, callee: Value, argument: () => Value, at: Place): Value {
  switch (callee.kind) {
    case "function":
      return applyFunction(evaluator, callee, argument);
    case "reference": {
      const path = [callee.root.name, ...callee.path];
      if (isLibraryFunction(path)) return callLibrary(evaluator, path.at(-1) ?? "", [argument], at);
      return { kind: "call", function: callee, arguments: [argument()], at };
    }
    case "partialCall":
      return callLibrary(evaluator, callee.name, [...callee.arguments, argument], at);
    case "call":
      return { kind: "call", function: callee.function, arguments: [...callee.arguments, argument()], at };
    case "attrs": {
      const functor = evaluator.select(callee, "__functor", at);
      if (functor && functor.kind !== "unknown")
        return apply(
          evaluator,
          apply(evaluator, functor, () => callee, at),
          argument,
          at,
        );
      return { kind: "call", function: callee, arguments: [argument()], at };
    }
    case "guarded":
      return { ...callee, content: apply(evaluator, callee.content, argument, at), at };
    case "merge":
      return { ...callee, contents: callee.contents.map((content) => apply(evaluator, content, argument, at)), at };
    default:
      return { kind: "call", function: callee, arguments: [argument()], at };
  }
}

function callLibrary(evaluator: Evaluator, name: string, args: readonly (() => Value)[], at: Place): Value {
  if (args.length < libraryArity(name)) return { kind: "partialCall", name, arguments: args, at };
  return evaluator.deeper(at, () => applyLibraryFunction(evaluator, name, args, at));
}

function applyFunction(evaluator: Evaluator, callee: FunctionValue, argument: () => Value): Value {
  const { expression, at } = callee;
  const names = new Map<string, () => Value>();
  const scope: Scope = { kind: "bindings", names, parent: callee.scope };
  if (expression.parameter !== undefined) names.set(expression.parameter, argument);
  for (const formal of expression.formals ?? []) {
    const place = placeOf(at.file, formal);
    names.set(
      formal.name,
      lazy(place, () => {
        const given = evaluator.select(argument(), formal.name, place);
        if (given && !(given.kind === "unknown" && formal.fallback)) return given;
        return formal.fallback ? evaluator.evaluate(formal.fallback, scope, at.file) : unknown(place);
      }),
    );
  }
  return evaluator.evaluate(expression.body, scope, at.file);
}

/** The body of a function with symbols for its arguments. */
export function enterFunction(evaluator: Evaluator, value: FunctionValue, isModule: boolean): Value {
  const { expression, at } = value;
  const names = new Map<string, () => Value>();
  const bind = (name: string, place: Place): Value => symbol(name, expression, isModule, place);
  if (expression.parameter !== undefined) {
    const place = { ...at, end: at.start + expression.parameter.length };
    const formals = expression.formals ?? [];
    const known = ["config", "lib", "pkgs", "options", "inputs", "self", "modulesPath"];
    const all = [...new Set([...known, ...formals.map((formal) => formal.name)])];
    const entries = all.map(
      (name): AttrEntry => ({
        name,
        computedName: undefined,
        value: () => bind(name, place),
        guards: [],
        at: place,
        binding: undefined,
      }),
    );
    names.set(expression.parameter, () => ({ kind: "attrs", entries, open: true, literal: undefined, at: place }));
  }
  for (const formal of expression.formals ?? []) {
    const place = placeOf(at.file, formal);
    names.set(formal.name, () => bind(formal.name, place));
  }
  return evaluator.evaluate(expression.body, { kind: "bindings", names, parent: value.scope }, at.file);
}

function symbol(name: string, binder: FunctionExpression, isModuleArgument: boolean, at: Place): ReferenceValue {
  return { kind: "reference", root: { name, binder, isModuleArgument }, path: [], fallback: undefined, at };
}
