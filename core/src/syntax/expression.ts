/** Half-open range of UTF-16 offsets in the file's text. Parentheses around an expression belong to its range. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Identifier extends Range {
  readonly name: string;
}

/** A literal piece of a string or path as it evaluates, or an interpolated expression. */
export type StringPart = string | Expression;

/** One attribute name in an attribute path: `a`, `"a b"` (literal) or `${x}`, `"${x}-y"` (computed). */
export interface AttributeName extends Range {
  readonly parts: readonly StringPart[];
}

export interface Binding extends Range {
  readonly kind: "binding";
  readonly path: readonly AttributeName[];
  readonly value: Expression;
}

/** `inherit a b;` or `inherit (from) a b;` */
export interface Inherit extends Range {
  readonly kind: "inherit";
  readonly from: Expression | undefined;
  readonly names: readonly AttributeName[];
}

export interface StringExpression extends Range {
  readonly kind: "string";
  readonly parts: readonly StringPart[];
}

/** `./x`, `/x`, `~/x`, `<nixpkgs/x>`: the first part starts with `.`, `/`, `~` or `<`. */
export interface PathExpression extends Range {
  readonly kind: "path";
  readonly parts: readonly StringPart[];
}

export interface NumberExpression extends Range {
  readonly kind: "number";
  readonly value: number;
}

export interface VariableExpression extends Range {
  readonly kind: "variable";
  readonly name: string;
}

export interface ListExpression extends Range {
  readonly kind: "list";
  readonly elements: readonly Expression[];
}

export interface AttrsExpression extends Range {
  readonly kind: "attrs";
  readonly recursive: boolean;
  readonly bindings: readonly (Binding | Inherit)[];
}

export interface LetExpression extends Range {
  readonly kind: "let";
  readonly bindings: readonly (Binding | Inherit)[];
  readonly body: Expression;
}

export interface WithExpression extends Range {
  readonly kind: "with";
  readonly environment: Expression;
  readonly body: Expression;
}

export interface AssertExpression extends Range {
  readonly kind: "assert";
  readonly condition: Expression;
  readonly body: Expression;
}

export interface IfExpression extends Range {
  readonly kind: "if";
  readonly condition: Expression;
  readonly consequence: Expression;
  readonly alternative: Expression;
}

export interface Formal extends Range {
  readonly name: string;
  readonly fallback: Expression | undefined;
}

export interface FunctionExpression extends Range {
  readonly kind: "function";
  /** `x:` or the name bound with `@`. */
  readonly parameter: string | undefined;
  /** `{ a, b ? c, ... }:`; undefined for `x:`. */
  readonly formals: readonly Formal[] | undefined;
  readonly ellipsis: boolean;
  readonly body: Expression;
}

export interface ApplyExpression extends Range {
  readonly kind: "apply";
  readonly function: Expression;
  readonly argument: Expression;
}

export interface SelectExpression extends Range {
  readonly kind: "select";
  readonly from: Expression;
  readonly path: readonly AttributeName[];
  readonly fallback: Expression | undefined;
}

export interface HasAttributeExpression extends Range {
  readonly kind: "hasAttribute";
  readonly from: Expression;
  readonly path: readonly AttributeName[];
}

export interface UnaryExpression extends Range {
  readonly kind: "unary";
  readonly operator: string;
  readonly operand: Expression;
}

export interface BinaryExpression extends Range {
  readonly kind: "binary";
  readonly operator: string;
  readonly left: Expression;
  readonly right: Expression;
}

/** What could not be read: a syntax error, or an empty file. */
export interface UnreadableExpression extends Range {
  readonly kind: "unreadable";
}

export type Expression =
  | StringExpression
  | PathExpression
  | NumberExpression
  | VariableExpression
  | ListExpression
  | AttrsExpression
  | LetExpression
  | WithExpression
  | AssertExpression
  | IfExpression
  | FunctionExpression
  | ApplyExpression
  | SelectExpression
  | HasAttributeExpression
  | UnaryExpression
  | BinaryExpression
  | UnreadableExpression;
