import type { Value } from "./value.ts";

/** Names visible to an expression: lexical bindings hide those brought in by `with`, whatever the nesting. */
export type Scope =
  | { readonly kind: "bindings"; readonly names: ReadonlyMap<string, () => Value>; readonly parent: Scope | undefined }
  | { readonly kind: "with"; readonly environment: () => Value; readonly parent: Scope | undefined };

export function lexicalBinding(scope: Scope | undefined, name: string): (() => Value) | undefined {
  for (let frame = scope; frame; frame = frame.parent) {
    if (frame.kind !== "bindings") continue;
    const found = frame.names.get(name);
    if (found) return found;
  }
  return undefined;
}

/** The environments of the enclosing `with` expressions, innermost first. */
export function withEnvironments(scope: Scope | undefined): (() => Value)[] {
  const environments: (() => Value)[] = [];
  for (let frame = scope; frame; frame = frame.parent) if (frame.kind === "with") environments.push(frame.environment);
  return environments;
}
