import { dirname, isAbsolute, join, normalize } from "node:path";
import type {
  AttributeName,
  AttrsExpression,
  Binding,
  Expression,
  FunctionExpression,
  Inherit,
  StringPart,
} from "../syntax/expression.ts";
import type { Place } from "../syntax/place.ts";
import { withoutSpareRoom } from "../syntax/withoutSpareRoom.ts";
import { applyLibraryFunction, isLibraryFunction, libraryArity } from "./library.ts";
import { attrsOf, concatText, mergeAttrs, negated, toItems } from "./operations.ts";
import { lexicalBinding, type Scope, withEnvironments } from "./scope.ts";
import {
  type AttrEntry,
  type AttrsValue,
  type CallValue,
  type FunctionValue,
  type ListValue,
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
  apply(callee: Value, argument: () => Value, at: Place): Value;
  /** The attribute `name` of a value; undefined when the value certainly has none. */
  select(value: Value, name: string, at: Place): Value | undefined;
  /** Applies a function to symbolic arguments named like its formals, as the module system would. */
  enterFunction(value: FunctionValue, isModule: boolean): Value;
}

const maximalDepth = 180;
const maximalSteps = 100_000;
/** Longer lists come from functions that call themselves with what is not known and add to it each time. */
const maximalListLength = 4096;

export function createEvaluator(files: EvaluationFiles): Evaluator {
  let depth = 0;
  let steps = 0;

  const evaluator: Evaluator = { files, evaluate, apply, select, enterFunction };
  return evaluator;

  function evaluate(expression: Expression, scope: Scope | undefined, file: string): Value {
    if (depth === 0) steps = 0;
    const at = placeOf(file, expression);
    if (depth > maximalDepth || ++steps > maximalSteps) return unknown(at);
    depth++;
    try {
      return evaluateHere(expression, scope, at);
    } finally {
      depth--;
    }
  }

  function evaluateHere(expression: Expression, scope: Scope | undefined, at: Place): Value {
    const { file } = at;
    const later = (inner: Expression): (() => Value) => lazy(placeOf(file, inner), () => evaluate(inner, scope, file));
    switch (expression.kind) {
      case "string":
        return joinText(expression.parts, scope, at);
      case "path":
        return evaluatePath(expression.parts, scope, at);
      case "number":
        return { kind: "number", value: expression.value, at };
      case "variable":
        return evaluateVariable(expression.name, scope, at);
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
        return evaluateAttrs(expression, scope, at);
      case "let":
        return evaluate(expression.body, bindingsScope(expression.bindings, scope, file), file);
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
        return apply(evaluate(expression.function, scope, file), later(expression.argument), at);
      case "select": {
        let value = evaluate(expression.from, scope, file);
        const { fallback } = expression;
        for (const name of expression.path) {
          const text = attributeText(name, scope, file) ?? systemName(value, name, file);
          const next = text === undefined ? unknown(at) : select(value, text, at);
          if (!next) return fallback ? evaluate(fallback, scope, file) : unknown(at);
          value = next;
        }
        return fallback && value.kind === "reference" ? { ...value, fallback: later(fallback) } : value;
      }
      case "hasAttribute": {
        const from = evaluate(expression.from, scope, file);
        const names = expression.path.map((name) => attributeText(name, scope, file) ?? "");
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
        return evaluateBinary(expression.operator, expression.left, expression.right, scope, at);
      case "unreadable":
        return unknown(at);
    }
  }

  function evaluateBinary(
    operator: string,
    left: Expression,
    right: Expression,
    scope: Scope | undefined,
    at: Place,
  ): Value {
    const { file } = at;
    if (operator === "|>") {
      // `//` stands for it in the tree and is right-associative; `|>` is left-associative (Nix manual, operators).
      if (right.kind === "binary" && right.operator === "|>") {
        const inner = lazy(at, () => evaluateBinary("|>", left, right.left, scope, at));
        return apply(evaluate(right.right, scope, file), inner, at);
      }
      return apply(
        evaluate(right, scope, file),
        lazy(at, () => evaluate(left, scope, file)),
        at,
      );
    }
    if (operator === "<|")
      return apply(
        evaluate(left, scope, file),
        lazy(at, () => evaluate(right, scope, file)),
        at,
      );
    const a = evaluate(left, scope, file);
    if (a.kind === "boolean") {
      if (operator === "&&") return a.value ? evaluate(right, scope, file) : a;
      if (operator === "||") return a.value ? a : evaluate(right, scope, file);
      if (operator === "->") return a.value ? evaluate(right, scope, file) : { kind: "boolean", value: true, at };
    }
    const b = evaluate(right, scope, file);
    switch (operator) {
      case "++": {
        const items = [...toItems(a), ...toItems(b)];
        return items.length > maximalListLength ? unknown(at) : { kind: "list", items, at };
      }
      case "//":
        return mergeAttrs(a, b, at) ?? { kind: "operation", operator, operands: [a, b], at };
      case "+":
        return addValues(a, b, at);
      case "==":
      case "!=": {
        const same = knownEqual(a, b);
        if (same !== undefined) return { kind: "boolean", value: (operator === "==") === same, at };
        break;
      }
      case "&&":
        if (b.kind === "boolean") return b.value ? a : b;
        break;
      case "||":
        if (b.kind === "boolean") return b.value ? b : a;
        break;
    }
    return { kind: "operation", operator, operands: [a, b], at };
  }

  function evaluateVariable(name: string, scope: Scope | undefined, at: Place): Value {
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
      if (entry) return select(value, name, at) ?? unknown(at);
      const isExtended = value.kind === "operation" && value.operator === "//";
      const selected = isExtended || value.kind === "reference" ? select(value, name, at) : undefined;
      if (selected?.kind !== "reference") continue;
      if (isLibraryFunction(referencePath(selected) ?? [])) return selected;
      guess ??= selected;
    }
    if (isLibraryFunction([name])) return free(["builtins", name]);
    return guess ?? free([name]);
  }

  /** A scalar that comes through a variable stands where it is written; a reference stands where it is used. */
  function relocate(value: Value, at: Place): Value {
    return value.kind === "reference" || value.kind === "unknown" ? { ...value, at } : value;
  }

  function evaluatePath(parts: readonly StringPart[], scope: Scope | undefined, at: Place): Value {
    const text = joinText(parts, scope, at);
    if (text.kind === "string") return { kind: "path", path: absolutePath(text.text, at.file), at };
    if (text.kind !== "text") return text;
    const [head, ...rest] = text.parts;
    return typeof head === "string" ? { ...text, parts: [absolutePath(head, at.file, true), ...rest] } : text;
  }

  function joinText(parts: readonly StringPart[], scope: Scope | undefined, at: Place): Value {
    const values = parts.map((part) => (typeof part === "string" ? part : selfAsPath(evaluate(part, scope, at.file))));
    return concatText(values, at);
  }

  function addValues(a: Value, b: Value, at: Place): Value {
    if (a.kind === "number" && b.kind === "number") return { kind: "number", value: a.value + b.value, at };
    const base = selfAsPath(a);
    if (base.kind === "path") {
      const sum = concatText([base, b], at);
      if (sum.kind === "string") return { kind: "path", path: absolutePath(sum.text, at.file), at };
      return sum;
    }
    return concatText([a, b], at);
  }

  /** `self` and `inputs.self` as strings are the path of the flake. */
  function selfAsPath(value: Value): Value {
    const name = referencePath(value)
      ?.join(".")
      .replace(/\.outPath$/, "");
    return name === "self" || name === "inputs.self" ? { kind: "path", path: files.root, at: value.at } : value;
  }

  function evaluateAttrs(expression: AttrsExpression, scope: Scope | undefined, at: Place): AttrsValue {
    const inner = expression.recursive ? bindingsScope(expression.bindings, scope, at.file) : scope;
    const entries: AttrEntry[] = [];
    for (const binding of expression.bindings) {
      if (binding.kind === "inherit") entries.push(...inheritEntries(binding, scope, inner, at.file));
      else entries.push(bindingEntry(binding, 0, inner, at.file));
    }
    return { kind: "attrs", entries: withoutSpareRoom(entries), open: false, literal: expression, at };
  }

  function bindingEntry(binding: Binding, depthInPath: number, scope: Scope | undefined, file: string): AttrEntry {
    const name = binding.path[depthInPath] as AttributeName;
    const at = placeOf(file, name);
    const value =
      depthInPath + 1 < binding.path.length
        ? lazy(at, (): Value => {
            const entry = bindingEntry(binding, depthInPath + 1, scope, file);
            return { kind: "attrs", entries: [entry], open: false, literal: undefined, at: placeOf(file, binding) };
          })
        : lazy(at, () => evaluate(binding.value, scope, file));
    return { ...nameOf(name, scope, file), value, guards: [], at, binding };
  }

  function nameOf(
    name: AttributeName,
    scope: Scope | undefined,
    file: string,
  ): Pick<AttrEntry, "name" | "computedName"> {
    const value = joinText(name.parts, scope, placeOf(file, name));
    if (value.kind === "string") return { name: value.text, computedName: undefined };
    return { name: files.text(file).slice(name.start, name.end).replace(/^"|"$/g, ""), computedName: value };
  }

  function inheritEntries(
    inherit: Inherit,
    outer: Scope | undefined,
    scope: Scope | undefined,
    file: string,
  ): AttrEntry[] {
    return inherit.names.flatMap((attribute) => {
      const name = attribute.parts.length === 1 ? attribute.parts[0] : undefined;
      if (typeof name !== "string") return [];
      const at = placeOf(file, attribute);
      return [
        {
          name,
          computedName: undefined,
          value: inheritedValue(inherit, name, outer, scope, at),
          guards: [],
          at,
          binding: undefined,
        },
      ];
    });
  }

  function inheritedValue(
    inherit: Inherit,
    name: string,
    outer: Scope | undefined,
    scope: Scope | undefined,
    at: Place,
  ): () => Value {
    const { from } = inherit;
    if (!from) return lazy(at, () => evaluateVariable(name, outer, at));
    return lazy(at, () => select(evaluate(from, scope, at.file), name, at) ?? unknown(at));
  }

  /** The scope inside `let` or `rec`; names written in pieces (`a.b = 1; a.c = 2;`) become one set. */
  function bindingsScope(bindings: readonly (Binding | Inherit)[], parent: Scope | undefined, file: string): Scope {
    const names = new Map<string, () => Value>();
    const scope: Scope = { kind: "bindings", names, parent };
    const pieces = new Map<string, AttrEntry[]>();
    for (const binding of bindings) {
      if (binding.kind === "inherit") {
        for (const attribute of binding.names) {
          const name = attribute.parts[0];
          if (typeof name === "string")
            names.set(name, inheritedValue(binding, name, parent, scope, placeOf(file, attribute)));
        }
        continue;
      }
      const name = binding.path[0]?.parts[0];
      if (typeof name !== "string" || binding.path[0]?.parts.length !== 1) continue;
      const entry = bindingEntry(binding, 0, scope, file);
      const earlier = pieces.get(name);
      if (earlier) earlier.push(entry);
      else pieces.set(name, [entry]);
    }
    for (const [name, entries] of pieces) {
      const [first] = entries;
      if (first && entries.length === 1) names.set(name, first.value);
      else if (first)
        names.set(
          name,
          lazy(first.at, () => combineEntries(entries, first.at)),
        );
    }
    return scope;
  }

  function attributeText(name: AttributeName, scope: Scope | undefined, file: string): string | undefined {
    const value = joinText(name.parts, scope, placeOf(file, name));
    return value.kind === "string" ? value.text : undefined;
  }

  function combineEntries(entries: readonly AttrEntry[], at: Place): Value {
    const values = entries.map((entry) =>
      entry.guards.length > 0
        ? ({ kind: "guarded", guards: entry.guards, content: entry.value(), at: entry.at } as const)
        : entry.value(),
    );
    const sets = values.map((value) => (value.kind === "attrs" ? value : undefined));
    if (sets.every((set) => set !== undefined)) {
      return {
        kind: "attrs",
        entries: sets.flatMap((set) => set.entries),
        open: sets.some((set) => set.open),
        literal: undefined,
        at,
      };
    }
    return { kind: "merge", contents: values, at };
  }

  function select(value: Value, name: string, at: Place): Value | undefined {
    switch (value.kind) {
      case "attrs": {
        const entries = value.entries.filter((entry) => entry.name === name);
        const [first] = entries;
        if (!first) return value.open || value.entries.some((entry) => entry.computedName) ? unknown(at) : undefined;
        return entries.length === 1 && first.guards.length === 0
          ? relocate(first.value(), at)
          : combineEntries(entries, first.at);
      }
      case "reference": {
        const path = [...value.path, name];
        return ofSelf([value.root.name, ...path], at) ?? { ...value, path, fallback: undefined, at };
      }
      case "guarded": {
        const content = select(value.content, name, at);
        return content && { ...value, content, at: content.at };
      }
      case "priority":
        return select(value.content, name, at);
      case "merge": {
        const contents = value.contents.flatMap((content) => select(content, name, at) ?? []);
        return contents.length === 1
          ? contents[0]
          : contents.length === 0
            ? undefined
            : { kind: "merge", contents, at };
      }
      case "operation":
        if (value.operator === "//") {
          const [left, right] = value.operands;
          const found = right && right.kind === "attrs" ? select(right, name, at) : undefined;
          return found ?? (left && select(left, name, at)) ?? unknown(at);
        }
        return unknown(at);
      case "call":
        return isPackageSet(value) ? { ...packageSet(at), path: [name] } : unknown(at);
      default:
        return unknown(at);
    }
  }

  /** `inputs.x.packages.${system}`: what stands for the platform does not matter. */
  function systemName(value: Value, name: AttributeName, file: string): string | undefined {
    const isPerSystem = value.kind === "reference" && /^(?:legacyPackages|packages)$/.test(value.path.at(-1) ?? "");
    return isPerSystem ? files.text(file).slice(name.start, name.end) : undefined;
  }

  /**
   * What `self.a.b` or `inputs.self.outputs.a.b` is in this flake; undefined when it is something else, or not known. Many flakes
   * hand `outputs` to their modules as a special argument of that name.
   */
  function ofSelf(path: readonly string[], at: Place): Value | undefined {
    const start =
      path[0] === "self" || path[0] === "outputs" ? 1 : path[0] === "inputs" && path[1] === "self" ? 2 : undefined;
    if (start === undefined) return undefined;
    const names = path.slice(path[start] === "outputs" ? start + 1 : start);
    if (names.length === 0) return undefined;
    if (names[0] === "inputs") {
      const root = { name: "inputs", binder: undefined, isModuleArgument: false };
      return { kind: "reference", root, path: names.slice(1), fallback: undefined, at };
    }
    let output = files.selfOutputs();
    for (const name of names) output = output && output.kind !== "reference" ? select(output, name, at) : undefined;
    return output && output.kind !== "unknown" ? output : undefined;
  }

  function apply(callee: Value, argument: () => Value, at: Place): Value {
    switch (callee.kind) {
      case "function":
        return applyFunction(callee, argument);
      case "reference": {
        const path = [callee.root.name, ...callee.path];
        if (isLibraryFunction(path)) return callLibrary(path.at(-1) ?? "", [argument], at);
        return { kind: "call", function: callee, arguments: [argument()], at };
      }
      case "partialCall":
        return callLibrary(callee.name, [...callee.arguments, argument], at);
      case "call":
        return { kind: "call", function: callee.function, arguments: [...callee.arguments, argument()], at };
      case "attrs": {
        const functor = select(callee, "__functor", at);
        if (functor && functor.kind !== "unknown")
          return apply(
            apply(functor, () => callee, at),
            argument,
            at,
          );
        return { kind: "call", function: callee, arguments: [argument()], at };
      }
      case "guarded":
        return { ...callee, content: apply(callee.content, argument, at), at };
      case "merge":
        return { ...callee, contents: callee.contents.map((content) => apply(content, argument, at)), at };
      default:
        return { kind: "call", function: callee, arguments: [argument()], at };
    }
  }

  function callLibrary(name: string, args: readonly (() => Value)[], at: Place): Value {
    if (args.length < libraryArity(name)) return { kind: "partialCall", name, arguments: args, at };
    if (depth > maximalDepth) return unknown(at);
    depth++;
    try {
      return applyLibraryFunction(evaluator, name, args, at);
    } finally {
      depth--;
    }
  }

  function applyFunction(callee: FunctionValue, argument: () => Value): Value {
    const { expression, at } = callee;
    const names = new Map<string, () => Value>();
    const scope: Scope = { kind: "bindings", names, parent: callee.scope };
    if (expression.parameter !== undefined) names.set(expression.parameter, argument);
    for (const formal of expression.formals ?? []) {
      const place = placeOf(at.file, formal);
      names.set(
        formal.name,
        lazy(place, () => {
          const given = select(argument(), formal.name, place);
          if (given && !(given.kind === "unknown" && formal.fallback)) return given;
          return formal.fallback ? evaluate(formal.fallback, scope, at.file) : unknown(place);
        }),
      );
    }
    return evaluate(expression.body, scope, at.file);
  }

  function enterFunction(value: FunctionValue, isModule: boolean): Value {
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
    return evaluate(expression.body, { kind: "bindings", names, parent: value.scope }, at.file);
  }
}

function symbol(name: string, binder: FunctionExpression, isModuleArgument: boolean, at: Place): ReferenceValue {
  return { kind: "reference", root: { name, binder, isModuleArgument }, path: [], fallback: undefined, at };
}

function absolutePath(text: string, file: string, keepTrailingSlash = false): string {
  if (text.startsWith("<") || text.startsWith("~")) return text;
  const path = normalize(isAbsolute(text) ? text : join(dirname(file), text));
  if (keepTrailingSlash) return text.endsWith("/") && !path.endsWith("/") ? `${path}/` : path;
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

function knownEqual(a: Value, b: Value): boolean | undefined {
  if (a.kind === "string" && b.kind === "string") return a.text === b.text;
  if (a.kind === "boolean" && b.kind === "boolean") return a.value === b.value;
  if (a.kind === "number" && b.kind === "number") return a.value === b.value;
  if (a.kind === "null" && b.kind === "null") return true;
  if (a.kind === "list" && b.kind === "list") return knownEmpty(a, b);
  const concrete = ["string", "boolean", "number", "null", "list", "attrs", "path"];
  if (a.kind !== b.kind && concrete.includes(a.kind) && concrete.includes(b.kind)) return false;
  return undefined;
}

/** `import inputs.nixpkgs-unstable { … }`, or nixpkgs by another name. */
function isPackageSet(value: CallValue): boolean {
  const [from] = value.arguments;
  const isImport = referencePath(value.function)?.at(-1) === "import" && value.arguments.length > 1;
  const names = from?.kind === "path" ? [from.path] : ((from && referencePath(from)) ?? []);
  return isImport && names.some((name) => /pkgs|stable/i.test(name));
}

function packageSet(at: Place): ReferenceValue {
  return {
    kind: "reference",
    root: { name: "pkgs", binder: undefined, isModuleArgument: false },
    path: [],
    fallback: undefined,
    at,
  };
}

/** Whether two lists are equal, when one of them is empty. */
function knownEmpty(a: ListValue, b: ListValue): boolean | undefined {
  if (a.items.length > 0 && b.items.length > 0) return undefined;
  const items = [...a.items, ...b.items];
  if (items.length === 0) return true;
  return items.some((item) => !item.spread && item.guards.length === 0) ? false : undefined;
}
