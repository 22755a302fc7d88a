/**
 * A copy for keeping. V8 gives an array that is filled with `push` room for 17 elements, and most lists of a module have one or two.
 */
export function withoutSpareRoom<Element>(filled: readonly Element[]): Element[] {
  return filled.slice();
}
