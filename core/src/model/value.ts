import type { AttrsExpression, Binding, Expression, FunctionExpression } from "../syntax/expression.ts";
import type { Place } from "../syntax/place.ts";
import type { Scope } from "./scope.ts";

/** A condition under which a value counts: `lib.mkIf`, `lib.optional`, `if`. */
export interface Guard {
  readonly condition: Value;
  /** True for the `else` branch. */
  readonly negated: boolean;
}

/**
 * One element of a list. `spread` marks an element that stands for all elements of a value that is not known here, such as
 * `cfg.directories` in `[ "/a" ] ++ cfg.directories`.
 */
export interface ListItem {
  readonly value: Value;
  readonly spread: boolean;
  readonly guards: readonly Guard[];
  /** Where the element stands in its list; the value itself may be written elsewhere. */
  readonly at: Place;
}

/** One attribute. Several entries may share a name when a set is written in pieces (`a.b = 1; a.c = 2;`). */
export interface AttrEntry {
  /** The name, or the source text of a name that is not known (`${cfg.root}`). */
  readonly name: string;
  /** The value of a name that is not known. */
  readonly computedName: Value | undefined;
  readonly value: () => Value;
  readonly guards: readonly Guard[];
  readonly at: Place;
  /** The binding it is written in; undefined for `inherit` and for computed attributes. */
  readonly binding: Binding | undefined;
}

interface Located {
  /** Where the value is written. */
  readonly at: Place;
}

export interface StringValue extends Located {
  readonly kind: "string";
  readonly text: string;
}

/** A string or path of which only some parts are known. */
export interface TextValue extends Located {
  readonly kind: "text";
  readonly parts: readonly (string | Value)[];
}

/** `path` is absolute and normalized; a search path keeps its brackets (`<nixpkgs/nixos>`). */
export interface PathValue extends Located {
  readonly kind: "path";
  readonly path: string;
}

export interface BooleanValue extends Located {
  readonly kind: "boolean";
  readonly value: boolean;
}

export interface NumberValue extends Located {
  readonly kind: "number";
  readonly value: number;
}

export interface NullValue extends Located {
  readonly kind: "null";
}

export interface ListValue extends Located {
  readonly kind: "list";
  readonly items: readonly ListItem[];
}

export interface AttrsValue extends Located {
  readonly kind: "attrs";
  readonly entries: readonly AttrEntry[];
  /** True when there may be attributes that are not known. */
  readonly open: boolean;
  /** The literal it is written as, if it is. */
  readonly literal: AttrsExpression | undefined;
}

export interface FunctionValue extends Located {
  readonly kind: "function";
  readonly expression: FunctionExpression;
  readonly scope: Scope;
}

/** A function of `lib` or `builtins` that still wants arguments. */
export interface PartialCallValue extends Located {
  readonly kind: "partialCall";
  readonly name: string;
  readonly arguments: readonly (() => Value)[];
}

/** Where a symbolic name comes from. */
export interface ReferenceRoot {
  readonly name: string;
  /** The function that binds the name; undefined for names bound nowhere, such as `builtins`. */
  readonly binder: FunctionExpression | undefined;
  /** True when the binder is a module function of the system, so that `config` is the configuration of the host. */
  readonly isModuleArgument: boolean;
}

/**
 * A name whose value is not known here with the attributes selected from it: `config.services.nginx`, `pkgs.grim`. In the path of an
 * option `*` stands for every name, for what a function of the library does with each member of a set.
 */
export interface ReferenceValue extends Located {
  readonly kind: "reference";
  readonly root: ReferenceRoot;
  readonly path: readonly string[];
  /** The value of `x.y or fallback`. */
  readonly fallback: (() => Value) | undefined;
}

/** The application of a function that is not known. */
export interface CallValue extends Located {
  readonly kind: "call";
  readonly function: Value;
  readonly arguments: readonly Value[];
}

/** `lib.mkIf` and friends around a value. */
export interface GuardedValue extends Located {
  readonly kind: "guarded";
  readonly guards: readonly Guard[];
  readonly content: Value;
}

/** `lib.mkMerge`, or the branches of an `if` that is not known. */
export interface MergeValue extends Located {
  readonly kind: "merge";
  readonly contents: readonly Value[];
}

/** `lib.mkForce` (50), `lib.mkDefault` (1000), `lib.mkOverride`. */
export interface PriorityValue extends Located {
  readonly kind: "priority";
  readonly priority: number;
  readonly content: Value;
}

/** `function` applied to each element of a list that is not known. */
export interface MappedValue extends Located {
  readonly kind: "mapped";
  readonly function: Value;
  readonly over: Value;
}

/** An operator whose operands are not all known; `?` has the attribute path as a string in its second operand. */
export interface OperationValue extends Located {
  readonly kind: "operation";
  readonly operator: string;
  readonly operands: readonly Value[];
}

/** `lib.mkOption { … }` and friends. */
export interface OptionValue extends Located {
  readonly kind: "option";
  readonly default: Value | undefined;
}

export interface UnknownValue extends Located {
  readonly kind: "unknown";
}

/** What an expression is known to be without evaluating it: parts that are not known stay symbolic. */
export type Value =
  | StringValue
  | TextValue
  | PathValue
  | BooleanValue
  | NumberValue
  | NullValue
  | ListValue
  | AttrsValue
  | FunctionValue
  | PartialCallValue
  | ReferenceValue
  | CallValue
  | GuardedValue
  | MergeValue
  | PriorityValue
  | MappedValue
  | OperationValue
  | OptionValue
  | UnknownValue;

export function placeOf(file: string, expression: Pick<Expression, "start" | "end">): Place {
  return { file, start: expression.start, end: expression.end };
}

export function unknown(at: Place): UnknownValue {
  return { kind: "unknown", at };
}

/** `config.a.b` as `["config", "a", "b"]`; undefined for anything but a reference. */
export function referencePath(value: Value): readonly string[] | undefined {
  return value.kind === "reference" ? [value.root.name, ...value.path] : undefined;
}

/** The option path a reference reads from the host's configuration (`config.a.b` gives `["a", "b"]`), or undefined. */
export function configPath(value: Value): readonly string[] | undefined {
  if (value.kind !== "reference" || value.path.length === 0) return undefined;
  const { root } = value;
  return (root.name === "config" && root.isModuleArgument) || root.name === "osConfig" || root.name === "nixosConfig"
    ? value.path
    : undefined;
}

/** A value that is computed at most once; a value that needs itself is unknown. */
export function lazy(at: Place, compute: () => Value): () => Value {
  let result: Value | undefined;
  let running = false;
  return () => {
    if (result) return result;
    if (running) return unknown(at);
    running = true;
    try {
      result = compute();
    } finally {
      running = false;
    }
    return result;
  };
}
