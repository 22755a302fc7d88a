import type { Place } from "../syntax/place.ts";
import type { AttrEntry, AttrsValue, Guard, ListItem, Value } from "./value.ts";

/** The elements of a value used as a list, with the conditions they stand under; what is not known is one spread element. */
export function toItems(value: Value, guards: readonly Guard[] = []): ListItem[] {
  switch (value.kind) {
    case "list":
      return guards.length === 0
        ? [...value.items]
        : value.items.map((item) => ({ ...item, guards: [...guards, ...item.guards] }));
    case "guarded":
      return toItems(value.content, [...guards, ...value.guards]);
    case "merge":
      return value.contents.flatMap((content) => toItems(content, guards));
    case "priority":
      return toItems(value.content, guards);
    default:
      return [{ value, spread: true, guards, at: value.at }];
  }
}

/** The elements of a list when it is known how many there are; undefined when some may be missing or more. */
export function certainItems(value: Value): readonly ListItem[] | undefined {
  const items = toItems(value);
  return items.every((item) => !item.spread && item.guards.length === 0) ? items : undefined;
}

/** A value used as a set: conditions move to the entries. Undefined when nothing is known of it. */
export function attrsOf(value: Value, guards: readonly Guard[] = []): AttrsValue | undefined {
  switch (value.kind) {
    case "attrs":
      if (guards.length === 0) return value;
      return { ...value, entries: value.entries.map((entry) => ({ ...entry, guards: [...guards, ...entry.guards] })) };
    case "guarded":
      return attrsOf(value.content, [...guards, ...value.guards]);
    case "priority":
      return attrsOf(value.content, guards);
    case "merge": {
      const sets = value.contents.map((content) => attrsOf(content, guards));
      const known = sets.filter((set) => set !== undefined);
      if (known.length === 0) return undefined;
      return {
        kind: "attrs",
        entries: known.flatMap((set) => set.entries),
        open: known.length < sets.length || known.some((set) => set.open),
        literal: undefined,
        at: value.at,
      };
    }
    case "operation": {
      const [left, right] = value.operands;
      return value.operator === "//" && left && right ? mergeAttrs(left, right, value.at) : undefined;
    }
    default:
      return undefined;
  }
}

/** `left // right`; undefined when neither side is known. */
export function mergeAttrs(left: Value, right: Value, at: Place): AttrsValue | undefined {
  const a = attrsOf(left);
  const b = attrsOf(right);
  if (!a && !b) return undefined;
  const certain = new Set(b?.entries.filter((entry) => entry.guards.length === 0).map((entry) => entry.name));
  const kept = (a?.entries ?? []).filter((entry) => !certain.has(entry.name));
  return {
    kind: "attrs",
    entries: [...kept, ...(b?.entries ?? [])],
    open: !a || !b || a.open || b.open,
    literal: undefined,
    at,
  };
}

/** `lib.recursiveUpdate`: sets below the same name are joined instead of replaced. */
export function recursiveUpdate(left: Value, right: Value, at: Place): AttrsValue | undefined {
  const a = attrsOf(left);
  const b = attrsOf(right);
  if (!a || !b) return mergeAttrs(left, right, at);
  const joined: AttrEntry[] = b.entries.map((entry) => {
    const before = a.entries.find((candidate) => candidate.name === entry.name);
    if (!before) return entry;
    return {
      ...entry,
      value: () => {
        const value = entry.value();
        return value.kind === "attrs" ? (recursiveUpdate(before.value(), value, at) ?? value) : value;
      },
    };
  });
  const names = new Set(b.entries.map((entry) => entry.name));
  return {
    ...b,
    literal: undefined,
    at,
    open: a.open || b.open,
    entries: [...a.entries.filter((entry) => !names.has(entry.name)), ...joined],
  };
}

/** `!value` */
export function negated(value: Value, at: Place): Value {
  if (value.kind === "boolean") return { kind: "boolean", value: !value.value, at };
  if (value.kind === "operation" && value.operator === "!" && value.operands[0]) return value.operands[0];
  return { kind: "operation", operator: "!", operands: [value], at };
}

/** Removes `mkForce`, `mkDefault` and `mkOverride` around a value. */
export function withoutPriority(value: Value): Value {
  return value.kind === "priority" ? withoutPriority(value.content) : value;
}

/** Joins strings, paths and numbers; anything else stays a part of a text that is not known. */
export function concatText(values: readonly (string | Value)[], at: Place): Value {
  const parts: (string | Value)[] = [];
  for (const value of values) {
    const text =
      typeof value === "string"
        ? value
        : value.kind === "string"
          ? value.text
          : value.kind === "path"
            ? value.path
            : undefined;
    const pieces =
      text !== undefined ? [text] : typeof value !== "string" && value.kind === "text" ? value.parts : [value];
    for (const piece of pieces) {
      const last = parts.length - 1;
      const before = parts[last];
      if (typeof piece === "string" && typeof before === "string") parts[last] = before + piece;
      else parts.push(piece);
    }
  }
  if (parts.length === 0) return { kind: "string", text: "", at };
  const [only] = parts;
  return parts.length === 1 && typeof only === "string"
    ? { kind: "string", text: only, at }
    : { kind: "text", parts, at };
}
