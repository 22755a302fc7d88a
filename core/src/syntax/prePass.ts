/** The comma that nixfmt writes after the last formal, with the white space and comments up to the closing brace. */
const trailingComma = /,(?=(?:\s|#[^\n]*(?:\n|$)|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/)*\})/g;

const pipeOperator = /\|>|<\|/g;

/**
 * Rewrites what the npm grammar (tree-sitter-nix 0.0.2) cannot parse, in text of the same length, so every offset of the result
 * is an offset of the input: the trailing comma in a function head becomes a space and the pipe operators become `//`, which has
 * the nearest precedence. Structure is read from the result, literals and operators from the input. Strings may be rewritten
 * too; that changes no structure.
 */
export function prePass(text: string): string {
  return text.replace(trailingComma, " ").replace(pipeOperator, "//");
}
