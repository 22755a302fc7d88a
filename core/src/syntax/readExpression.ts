import type { TreeCursor } from "web-tree-sitter";
import type {
  AttributeName,
  Binding,
  Expression,
  Formal,
  Inherit,
  Range,
  StringPart,
  UnreadableExpression,
} from "./expression.ts";
import { stripIndentation, unescapeIndentedString, unescapeString } from "./stringLiteral.ts";
import { withoutSpareRoom } from "./withoutSpareRoom.ts";

/** What one file says: its expression and where its comments are. */
export interface SyntaxFile {
  readonly expression: Expression;
  readonly comments: readonly Range[];
  /** Bindings by where they start, to be taken over when the file is read again after an edit elsewhere. */
  readonly bindings: ReadonlyMap<number, ReadBinding>;
}

interface ReadBinding {
  readonly binding: Binding;
  /** The comments inside. */
  readonly comments: readonly Range[];
}

/** What was read before an edit: the text outside of the edit is the same, up to `shift` characters further on behind it. */
export interface EarlierReading extends Pick<SyntaxFile, "bindings"> {
  readonly editStart: number;
  /** Where the edit ends in the new text. */
  readonly editEnd: number;
  readonly shift: number;
}

/**
 * Turns a tree of the npm grammar into our own expressions. Errors in the tree become `unreadable` expressions or are passed over;
 * bindings inside an error are kept, so a file that is being typed still says what it says.
 */
export function readExpression(cursor: TreeCursor, text: string, earlier?: EarlierReading): SyntaxFile {
  const comments: Range[] = [];
  const bindings = new Map<number, ReadBinding>();
  const reader: Reader = { cursor, text, comments, bindings, earlier, depth: 0 };
  const expressions: Expression[] = [];
  eachChild(reader, (type) => {
    const expression = readNode(reader, type);
    if (expression) expressions.push(expression);
  });
  const widest = expressions.toSorted((a, b) => b.end - b.start - (a.end - a.start))[0];
  return {
    expression: widest ?? unreadable({ start: 0, end: text.length }),
    comments: withoutSpareRoom(comments),
    bindings,
  };
}

interface Reader {
  readonly cursor: TreeCursor;
  /** The text before the pre-pass. */
  readonly text: string;
  readonly comments: Range[];
  readonly bindings: Map<number, ReadBinding>;
  readonly earlier: EarlierReading | undefined;
  /** How many expressions the cursor is inside of. */
  depth: number;
}

function unreadable(range: Range): UnreadableExpression {
  return { kind: "unreadable", start: range.start, end: range.end };
}

/** Visits the children that are not punctuation, keywords or comments; comments are remembered. */
function eachChild(reader: Reader, visit: (type: string) => void): void {
  eachNode(reader, (type) => {
    if (!isToken(type)) visit(type);
  });
}

function eachNode(reader: Reader, visit: (type: string) => void): void {
  const { cursor } = reader;
  if (!cursor.gotoFirstChild()) return;
  do {
    const type = cursor.nodeType;
    if (type === "comment") reader.comments.push(commentHere(reader));
    else visit(type);
  } while (cursor.gotoNextSibling());
  cursor.gotoParent();
}

/** Names of nodes with an underscore are never tokens; those without are listed. */
function isToken(type: string): boolean {
  return !type.includes("_") && !nodesWithoutUnderscore.has(type);
}

const nodesWithoutUnderscore = new Set([
  "identifier",
  "formals",
  "formal",
  "ellipses",
  "binding",
  "inherit",
  "attrpath",
  "interpolation",
  "ERROR",
]);

/** The grammar counts the `\r` of a line that ends with `\r\n` among its comment. */
function commentHere(reader: Reader): Range {
  const { start, end } = rangeHere(reader);
  return { start, end: reader.text[end - 1] === "\r" ? end - 1 : end };
}

function rangeHere({ cursor }: Reader): Range {
  return { start: cursor.startIndex, end: cursor.endIndex };
}

function textHere({ cursor, text }: Reader): string {
  return text.slice(cursor.startIndex, cursor.endIndex);
}

type ExpressionReader = (reader: Reader, range: Range) => Expression;

/** What is nested deeper is unreadable: nobody writes it, and everything that walks expressions recurses into them. */
const maximalDepth = 400;

/** Reads the expression under the cursor, or undefined when the node is not one. */
function readNode(reader: Reader, type: string): Expression | undefined {
  const read = expressionReaders[type];
  if (!read) return undefined;
  const range = rangeHere(reader);
  if (reader.depth >= maximalDepth) return unreadable(range);
  reader.depth++;
  const expression = read(reader, range);
  reader.depth--;
  return expression;
}

/**
 * Reads the expressions among the children, in order; what stands for a missing one is unreadable, at the end of the parent.
 * Errors count only where there is nothing else. Asking for fields instead would cost a call into WebAssembly a node.
 */
function readOperands(
  reader: Reader,
  range: Range,
  visitOther?: (type: string) => void,
): (index: number) => Expression {
  const operands: Expression[] = [];
  const errors: Expression[] = [];
  eachChild(reader, (type) => {
    const expression = readNode(reader, type);
    if (!expression) visitOther?.(type);
    else if (type === "ERROR") errors.push(expression);
    else operands.push(expression);
  });
  const all = operands.length > 0 ? operands : errors;
  return (index) => all[index] ?? unreadable({ start: range.end, end: range.end });
}

// V8 keeps the properties of a literal inside the object, and those that are spread into it beside it, which takes more memory: hence
// `start` and `end` everywhere, and not `...range`.
const expressionReaders: Readonly<Record<string, ExpressionReader>> = {
  variable_expression: (reader, range) => ({
    kind: "variable",
    name: textHere(reader),
    start: range.start,
    end: range.end,
  }),
  integer_expression: (reader, range) => ({
    kind: "number",
    value: Number(textHere(reader)),
    start: range.start,
    end: range.end,
  }),
  float_expression: (reader, range) => ({
    kind: "number",
    value: Number(textHere(reader)),
    start: range.start,
    end: range.end,
  }),
  string_expression: (reader, range) => ({
    kind: "string",
    parts: readParts(reader, unescapeString),
    start: range.start,
    end: range.end,
  }),
  indented_string_expression: (reader, range) => ({
    kind: "string",
    parts: stripIndentation(readParts(reader, unescapeIndentedString)),
    start: range.start,
    end: range.end,
  }),
  path_expression: (reader, range) => ({
    kind: "path",
    parts: readPathParts(reader),
    start: range.start,
    end: range.end,
  }),
  hpath_expression: (reader, range) => ({
    kind: "path",
    parts: readPathParts(reader),
    start: range.start,
    end: range.end,
  }),
  spath_expression: (reader, range) => ({
    kind: "path",
    parts: [textHere(reader)],
    start: range.start,
    end: range.end,
  }),
  uri_expression: (reader, range) => ({
    kind: "string",
    parts: [textHere(reader)],
    start: range.start,
    end: range.end,
  }),
  list_expression: (reader, range) => {
    const elements: Expression[] = [];
    readAll(reader, elements);
    return { kind: "list", elements: withoutSpareRoom(elements), start: range.start, end: range.end };
  },
  attrset_expression: (reader, range) => ({
    kind: "attrs",
    recursive: false,
    bindings: readBindings(reader),
    start: range.start,
    end: range.end,
  }),
  rec_attrset_expression: (reader, range) => ({
    kind: "attrs",
    recursive: true,
    bindings: readBindings(reader),
    start: range.start,
    end: range.end,
  }),
  let_attrset_expression: (reader, range) => {
    const bindings = readBindings(reader);
    const body: Expression = { kind: "variable", name: "body", start: range.end, end: range.end };
    return { kind: "let", bindings, body, start: range.start, end: range.end };
  },
  let_expression: (reader, range) => {
    const bindings: (Binding | Inherit)[] = [];
    const operand = readOperands(reader, range, (type) => collectBindings(reader, type, bindings));
    return { kind: "let", bindings: withoutSpareRoom(bindings), body: operand(0), start: range.start, end: range.end };
  },
  with_expression: (reader, range) => {
    const operand = readOperands(reader, range);
    return { kind: "with", environment: operand(0), body: operand(1), start: range.start, end: range.end };
  },
  assert_expression: (reader, range) => {
    const operand = readOperands(reader, range);
    return { kind: "assert", condition: operand(0), body: operand(1), start: range.start, end: range.end };
  },
  if_expression: (reader, range) => {
    const operand = readOperands(reader, range);
    return {
      kind: "if",
      condition: operand(0),
      consequence: operand(1),
      alternative: operand(2),
      start: range.start,
      end: range.end,
    };
  },
  function_expression: readFunction,
  apply_expression: (reader, range) => {
    const operand = readOperands(reader, range);
    return { kind: "apply", function: operand(0), argument: operand(1), start: range.start, end: range.end };
  },
  select_expression: (reader, range) => {
    let path: AttributeName[] = [];
    const operand = readOperands(reader, range, (type) => {
      if (type === "attrpath") path = readAttributePath(reader);
    });
    const fallback = operand(1);
    return {
      kind: "select",
      from: operand(0),
      path,
      fallback: fallback.start < range.end ? fallback : undefined,
      start: range.start,
      end: range.end,
    };
  },
  has_attr_expression: (reader, range) => {
    let path: AttributeName[] = [];
    const operand = readOperands(reader, range, (type) => {
      if (type === "attrpath") path = readAttributePath(reader);
    });
    return { kind: "hasAttribute", from: operand(0), path, start: range.start, end: range.end };
  },
  unary_expression: (reader, range) => {
    const operator = reader.text[range.start] === "-" ? "-" : "!";
    return { kind: "unary", operator, operand: readOperands(reader, range)(0), start: range.start, end: range.end };
  },
  binary_expression: (reader, range) => {
    let operator = "";
    const operands: Expression[] = [];
    eachNode(reader, (type) => {
      if (isToken(type)) operator = textHere(reader);
      else operands.push(readNode(reader, type) ?? unreadable(range));
    });
    const missing = unreadable({ start: range.end, end: range.end });
    return {
      kind: "binary",
      operator,
      left: operands[0] ?? missing,
      right: operands[1] ?? missing,
      start: range.start,
      end: range.end,
    };
  },
  parenthesized_expression: (reader, range) => {
    const operand = readOperands(reader, range);
    return { ...operand(0), start: range.start, end: range.end };
  },
  ERROR: (reader, range) => {
    const bindings: (Binding | Inherit)[] = [];
    const expressions: Expression[] = [];
    eachChild(reader, (type) => {
      if (!collectBindings(reader, type, bindings)) {
        const expression = readNode(reader, type);
        if (expression) expressions.push(expression);
      }
    });
    if (bindings.length > 0) return { kind: "attrs", recursive: false, bindings, start: range.start, end: range.end };
    return expressions.length === 1 && expressions[0] ? expressions[0] : unreadable(range);
  },
};

function readAll(reader: Reader, into: Expression[]): void {
  eachChild(reader, (type) => {
    const expression = readNode(reader, type);
    if (expression && expression.end > expression.start) into.push(expression);
  });
}

function readFunction(reader: Reader, range: Range): Expression {
  let parameter: string | undefined;
  let formals: Formal[] | undefined;
  let ellipsis = false;
  const operand = readOperands(reader, range, (type) => {
    if (type === "identifier") parameter = textHere(reader);
    else if (type === "formals") {
      const list: Formal[] = [];
      formals = list;
      eachChild(reader, (childType) => {
        if (childType === "ellipses") ellipsis = true;
        else if (childType === "formal") {
          const formal = readFormal(reader);
          // The grammar inserts a zero-width formal after a comma it does not expect.
          if (formal.name !== "") list.push(formal);
        }
      });
    }
  });
  return {
    kind: "function",
    parameter,
    formals: formals && withoutSpareRoom(formals),
    ellipsis,
    body: operand(0),
    start: range.start,
    end: range.end,
  };
}

function readFormal(reader: Reader): Formal {
  const range = rangeHere(reader);
  let name = "";
  let fallback: Expression | undefined;
  eachChild(reader, (type) => {
    if (type === "identifier") name = textHere(reader);
    else fallback = readNode(reader, type);
  });
  return { name, fallback, start: range.start, end: range.end };
}

function readBinding(reader: Reader, range: Range): Binding | undefined {
  const { comments, bindings } = reader;
  const commentsBefore = comments.length;
  let path: AttributeName[] = [];
  const operand = readOperands(reader, range, (type) => {
    if (type === "attrpath") path = readAttributePath(reader);
  });
  if (path.length === 0) return undefined;
  const binding: Binding = { kind: "binding", path, value: operand(0), start: range.start, end: range.end };
  bindings.set(range.start, { binding, comments: comments.slice(commentsBefore) });
  return binding;
}

/** The binding that stood here before the edit, when the edit did not touch it. */
function takeOver({ earlier, bindings, comments }: Reader, range: Range): Binding | undefined {
  if (!earlier) return undefined;
  const shift = range.end <= earlier.editStart ? 0 : range.start >= earlier.editEnd ? earlier.shift : undefined;
  if (shift === undefined) return undefined;
  const known = earlier.bindings.get(range.start - shift);
  if (known?.binding.end !== range.end - shift) return undefined;
  const moved = shift === 0 ? known : movedBy(known, shift);
  bindings.set(range.start, moved);
  comments.push(...moved.comments);
  return moved.binding;
}

/** A copy in which every place lies further on. */
function movedBy<Value>(value: Value, shift: number): Value {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => movedBy(element, shift)) as Value;
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const inner: unknown = value[key];
    copy[key] = key === "start" || key === "end" ? Number(inner) + shift : movedBy(inner, shift);
  }
  return copy as Value;
}

function readBindings(reader: Reader): (Binding | Inherit)[] {
  const bindings: (Binding | Inherit)[] = [];
  eachChild(reader, (type) => collectBindings(reader, type, bindings));
  return withoutSpareRoom(bindings);
}

/** Adds the binding under the cursor, or those inside the binding set or error there; false when there is none. */
function collectBindings(reader: Reader, type: string, into: (Binding | Inherit)[]): boolean {
  const range = rangeHere(reader);
  if (type === "binding") {
    const binding = takeOver(reader, range) ?? readBinding(reader, range);
    if (binding) into.push(binding);
    return true;
  }
  if (type === "inherit" || type === "inherit_from") {
    let from: Expression | undefined;
    let names: AttributeName[] = [];
    eachChild(reader, (childType) => {
      if (childType === "inherited_attrs") names = readAttributePath(reader);
      else from = readNode(reader, childType) ?? from;
    });
    into.push({ kind: "inherit", from, names, start: range.start, end: range.end });
    return true;
  }
  if (type === "binding_set" || type === "ERROR") {
    const before = into.length;
    eachChild(reader, (childType) => collectBindings(reader, childType, into));
    return into.length > before;
  }
  return false;
}

function readAttributePath(reader: Reader): AttributeName[] {
  const names: AttributeName[] = [];
  eachChild(reader, (type) => {
    const range = rangeHere(reader);
    if (type === "identifier") names.push({ parts: [textHere(reader)], start: range.start, end: range.end });
    else if (type === "string_expression")
      names.push({ parts: readParts(reader, unescapeString), start: range.start, end: range.end });
    else if (type === "interpolation")
      names.push({ parts: [readInterpolation(reader)], start: range.start, end: range.end });
  });
  return withoutSpareRoom(names.filter((name) => name.end > name.start));
}

function readInterpolation(reader: Reader): Expression {
  return readOperands(reader, rangeHere(reader))(0);
}

/** Parts of a string between its quotes; literal text is everything that is not an interpolation. */
function readParts(reader: Reader, unescapeLiteral: (source: string) => string): StringPart[] {
  const { text } = reader;
  const range = rangeHere(reader);
  const quote = text.startsWith("''", range.start) ? 2 : 1;
  const parts: StringPart[] = [];
  let literalStart = range.start + quote;
  const literalEnd = Math.max(literalStart, range.end - quote);
  const addLiteral = (end: number): void => {
    if (end > literalStart) parts.push(unescapeLiteral(text.slice(literalStart, end)));
  };
  eachChild(reader, (type) => {
    if (type !== "interpolation") return;
    const inner = rangeHere(reader);
    addLiteral(inner.start);
    parts.push(readInterpolation(reader));
    literalStart = inner.end;
  });
  addLiteral(literalEnd);
  return withoutSpareRoom(parts);
}

function readPathParts(reader: Reader): StringPart[] {
  const { text } = reader;
  const range = rangeHere(reader);
  const parts: StringPart[] = [];
  let literalStart = range.start;
  eachChild(reader, (type) => {
    if (type !== "interpolation") return;
    const inner = rangeHere(reader);
    if (inner.start > literalStart) parts.push(text.slice(literalStart, inner.start));
    parts.push(readInterpolation(reader));
    literalStart = inner.end;
  });
  if (range.end > literalStart) parts.push(text.slice(literalStart, range.end));
  return withoutSpareRoom(parts);
}
