import type { Place } from "../../syntax/place.ts";
import { attrsOf, certainItems, mergeAttrs, recursiveUpdate, toItems } from "../operations.ts";
import {
  type AttrEntry,
  type AttrsValue,
  configPath,
  type Guard,
  type ListItem,
  lazy,
  type ReferenceValue,
  unknown,
  type Value,
} from "../value.ts";
import {
  apply2,
  attrs,
  type Call,
  define,
  entry,
  item,
  type LibraryFunctions,
  list,
  stringItem,
  text,
  unresolved,
} from "./libraryCall.ts";

/** Functions of attribute sets. */
export const setFunctions: LibraryFunctions = {
  attrValues: define(1, (call) => {
    const set = attrsOf(call.argument(0));
    if (!set) return sampleList(call, call.argument(0), ({ value }) => value);
    const items: ListItem[] = set.entries.map((member) => ({
      value: member.value(),
      spread: false,
      guards: member.guards,
      at: member.at,
    }));
    return list(
      set.open ? [...items, { value: unknown(call.at), spread: true, guards: [], at: call.at }] : items,
      call.at,
    );
  }),
  attrNames: define(1, (call) => {
    const set = attrsOf(call.argument(0));
    if (!set)
      return configPath(call.argument(0)) ? unresolved("attrNames", [call.argument(0)], call.at) : unknown(call.at);
    const items: ListItem[] = set.entries.map((member) => ({
      value: stringItem(member.name, member.at),
      spread: false,
      guards: member.guards,
      at: member.at,
    }));
    return list(
      set.open ? [...items, { value: unknown(call.at), spread: true, guards: [], at: call.at }] : items,
      call.at,
    );
  }),
  fix: define(1, (call) => fixedPoint(call, (self) => call.evaluator.apply(call.argument(0), self, call.at))),
  /** `nixpkgs.lib.extend (final: prev: { … })` */
  extend: define(1, (call) => {
    const prev: ReferenceValue = {
      kind: "reference",
      root: { name: "lib", binder: undefined, isModuleArgument: false },
      path: [],
      fallback: undefined,
      at: call.at,
    };
    return fixedPoint(call, (self) => overlaid(call, call.argument(0), self, prev));
  }),
  makeExtensible: define(1, (call) => {
    const set = fixedPoint(call, (self) => call.evaluator.apply(call.argument(0), self, call.at));
    const extend: Value = { kind: "partialCall", name: "extendExtensible", arguments: [call.thunk(0)], at: call.at };
    return mergeAttrs(set, attrs([entry("extend", () => extend, call.at)], false, call.at), call.at) ?? set;
  }),
  extendExtensible: define(2, (call) =>
    fixedPoint(call, (self) =>
      overlaid(call, call.argument(1), self, call.evaluator.apply(call.argument(0), self, call.at)),
    ),
  ),
  zipAttrsWith: define(2, (call) => {
    const sets = certainItems(call.argument(1))?.map((member) => attrsOf(member.value));
    const known = sets?.flatMap((set) => (set && isCertain(set) ? [set] : [])) ?? [];
    if (known.length === 0 || known.length !== sets?.length) return unknown(call.at);
    const names = new Set(known.flatMap((set) => set.entries.map((member) => member.name)));
    const members = [...names].map((name) => {
      const values = known.flatMap((set) => call.evaluator.select(set, name, call.at) ?? []);
      const value = (): Value =>
        apply2(call, call.argument(0), stringItem(name, call.at), () => list(values.map(item), call.at));
      return entry(name, lazy(call.at, value), values.at(-1)?.at ?? call.at);
    });
    return attrs(members, false, call.at);
  }),
  genAttrs: define(2, (call) =>
    attrsFromItems(call, toItems(call.argument(0)), ({ value, guards, at }) => {
      const made = lazy(at, () => call.evaluator.apply(call.argument(1), () => value, call.at));
      return namedEntry(call, value, made, at, guards);
    }),
  ),
  mapAttrs: define(2, (call) => mapAttrsEntries(call, (name, value) => apply2(call, call.argument(0), name, value))),
  "mapAttrs'": define(2, (call) => {
    const set = attrsOf(call.argument(1));
    if (!set) return unknown(call.at);
    const items = set.entries.map((member) => ({
      ...item(apply2(call, call.argument(0), stringItem(member.name, member.at), member.value)),
      guards: member.guards,
    }));
    return attrsFromItems(call, items, (member) => nameValueEntry(call, member));
  }),
  mapAttrsToList: define(2, (call) => {
    const set = attrsOf(call.argument(1));
    if (!set)
      return sampleList(call, call.argument(1), ({ name, value }) => apply2(call, call.argument(0), name, () => value));
    return list(
      set.entries.map((member) => ({
        ...item(apply2(call, call.argument(0), stringItem(member.name, member.at), member.value)),
        guards: member.guards,
      })),
      call.at,
    );
  }),
  filterAttrs: define(2, (call) => {
    const set = attrsOf(call.argument(1));
    if (!set) return unknown(call.at);
    const kept = set.entries.filter((member) => {
      const verdict = apply2(call, call.argument(0), stringItem(member.name, member.at), member.value);
      return !(verdict.kind === "boolean" && !verdict.value);
    });
    return attrs(kept, set.open, call.at);
  }),
  listToAttrs: define(1, (call) =>
    attrsFromItems(call, toItems(call.argument(0)), (member) => nameValueEntry(call, member)),
  ),
  nameValuePair: define(2, (call) =>
    attrs([entry("name", call.thunk(0), call.at), entry("value", call.thunk(1), call.at)], false, call.at),
  ),
  removeAttrs: define(2, (call) => {
    const set = attrsOf(call.argument(0));
    const removed = new Set(toItems(call.argument(1)).map((member) => text(member.value)));
    return set
      ? { ...set, literal: undefined, entries: set.entries.filter((member) => !removed.has(member.name)) }
      : unknown(call.at);
  }),
  recursiveUpdate: define(
    2,
    (call) => recursiveUpdate(call.argument(0), call.argument(1), call.at) ?? unknown(call.at),
  ),
  mergeAttrsList: define(1, (call) =>
    toItems(call.argument(0)).reduce(
      (sum: Value, member) => recursiveUpdate(sum, member.value, call.at) ?? sum,
      attrs([], false, call.at),
    ),
  ),
  mergeAttrs: define(2, (call) => mergeAttrs(call.argument(0), call.argument(1), call.at) ?? unknown(call.at)),
  concatMapAttrs: define(2, (call) => {
    const set = attrsOf(call.argument(1));
    if (!set) return unknown(call.at);
    const made = set.entries.map((member) =>
      apply2(call, call.argument(0), stringItem(member.name, member.at), member.value),
    );
    return made.reduce(
      (sum: Value, next) => mergeAttrs(sum, next, call.at) ?? unknown(call.at),
      attrs([], set.open, call.at),
    );
  }),
  foldlAttrs: define(3, (call) => {
    const set = attrsOf(call.argument(2));
    if (!set || set.open) return unknown(call.at);
    return set.entries.reduce(
      (sum: Value, member) =>
        call.evaluator.apply(
          apply2(call, call.argument(0), sum, () => stringItem(member.name, member.at)),
          member.value,
          call.at,
        ),
      call.argument(1),
    );
  }),
  foldAttrs: define(3, (call) => {
    const sets = toItems(call.argument(2)).map((member) => attrsOf(member.value));
    const entries = sets.flatMap((set) => set?.entries ?? []);
    const names = [...new Set(entries.map((member) => member.name))];
    const folded = names.map((name) => {
      const values = entries.filter((member) => member.name === name);
      const value = (): Value =>
        values.reduceRight(
          (sum: Value, member) => apply2(call, call.argument(0), member.value(), () => sum),
          call.argument(1),
        );
      return entry(name, lazy(call.at, value), values[0]?.at ?? call.at);
    });
    return attrs(
      folded,
      sets.some((set) => !set || set.open),
      call.at,
    );
  }),
  getAttr: define(2, (call) => selectMember(call, call.argument(0), call.argument(1))),
  hasAttr: define(2, (call) => {
    const set = attrsOf(call.argument(1));
    const name = call.argument(0);
    if (!set || set.open || name.kind !== "string") return unresolved("hasAttr", [name, call.argument(1)], call.at);
    return { kind: "boolean", value: set.entries.some((member) => member.name === name.text), at: call.at };
  }),
  attrByPath: define(3, (call) => {
    const path = toItems(call.argument(0)).map((member) => text(member.value));
    let value: Value | undefined = call.argument(2);
    for (const name of path)
      value = name === undefined || !value ? undefined : call.evaluator.select(value, name, call.at);
    return value ?? call.argument(1);
  }),
};

/** Makes a set from list elements; those of which the name, or how many there are, is not known leave it open. */
function attrsFromItems(
  call: Call,
  items: readonly ListItem[],
  toEntry: (item: ListItem) => AttrEntry | undefined,
): Value {
  const entries: AttrEntry[] = [];
  let open = false;
  for (const listItem of items) {
    const known = listItem.spread ? sampleOf(call, listItem) : listItem;
    const made = known && toEntry(known);
    const isNamed = made && (listItem.spread || !made.computedName);
    if (isNamed) entries.push(made);
    open ||= listItem.spread || !isNamed;
  }
  return attrs(entries, open, call.at);
}

/** One element that stands for the elements of an option that is a list; there may be none. */
function sampleOf(call: Call, { value, guards, at }: ListItem): ListItem | undefined {
  const isMapped = value.kind === "mapped";
  const over = isMapped ? value.over : value;
  if (!configPath(over)) return undefined;
  const element = unresolved("elementOf", [over], at);
  const sample = isMapped ? call.evaluator.apply(value.function, () => element, at) : element;
  return { value: sample, spread: false, guards: [...guards, perhaps(at)], at };
}

function perhaps(at: Place): Guard {
  return { condition: unknown(at), negated: false };
}

function namedEntry(call: Call, name: Value, value: () => Value, at: Place, guards: AttrEntry["guards"]): AttrEntry {
  if (name.kind === "string") return entry(name.text, value, at, guards);
  const source = call.evaluator.files.text(name.at.file).slice(name.at.start, name.at.end);
  return { ...entry(`\${${source}}`, value, at, guards), computedName: name };
}

function nameValueEntry(call: Call, { value, guards, at }: ListItem): AttrEntry | undefined {
  const name = call.evaluator.select(value, "name", at);
  if (!name) return undefined;
  const content = (): Value => call.evaluator.select(value, "value", call.at) ?? unknown(value.at);
  return namedEntry(call, name, lazy(value.at, content), value.at, guards);
}

function mapAttrsEntries(call: Call, run: (name: Value, value: () => Value) => Value): Value {
  const set = attrsOf(call.argument(1));
  const sample = sampleMember(call.argument(1));
  if (!set && sample) return attrs([sampleEntry(call, sample, run)], true, call.at);
  if (!set) return unknown(call.at);
  return attrs(
    set.entries.map((member) => ({
      ...member,
      value: lazy(member.at, () => run(stringItem(member.name, member.at), member.value)),
    })),
    set.open,
    call.at,
  );
}

/** Name and value that stand for those of an option that is a set. */
interface SampleMember {
  readonly name: Value;
  readonly value: ReferenceValue;
}

/** A member that stands for all members of an option that is a set; undefined for anything else. There may be none. */
function sampleMember(set: Value): SampleMember | undefined {
  if (set.kind !== "reference" || !configPath(set)) return undefined;
  const names = unresolved("attrNames", [set], set.at);
  return {
    name: unresolved("elementOf", [names], set.at),
    value: { ...set, path: [...set.path, "*"], fallback: undefined },
  };
}

function sampleEntry(call: Call, sample: SampleMember, run: (name: Value, value: () => Value) => Value): AttrEntry {
  const { at } = sample.value;
  const value = lazy(at, () => run(sample.name, () => sample.value));
  return namedEntry(call, sample.name, value, at, [perhaps(at)]);
}

/** One list element that stands for what becomes of the members of an option that is a set. */
function sampleList(call: Call, set: Value, run: (sample: SampleMember) => Value): Value {
  const sample = sampleMember(set);
  if (!sample) return unknown(call.at);
  return list([{ value: run(sample), spread: false, guards: [perhaps(set.at)], at: set.at }], call.at);
}

function selectMember(call: Call, name: Value, set: Value): Value {
  return (name.kind === "string" ? call.evaluator.select(set, name.text, call.at) : undefined) ?? unknown(call.at);
}

function fixedPoint(call: Call, make: (self: () => Value) => Value): Value {
  const self: () => Value = lazy(call.at, () => make(self));
  return self();
}

/** `prev // overlay final prev` */
function overlaid(call: Call, overlay: Value, self: () => Value, prev: Value): Value {
  const added = call.evaluator.apply(call.evaluator.apply(overlay, self, call.at), () => prev, call.at);
  return attrsOf(prev)
    ? (mergeAttrs(prev, added, call.at) ?? prev)
    : { kind: "operation", operator: "//", operands: [prev, added], at: call.at };
}

/** Whether it is known which attributes a set has. */
function isCertain(set: AttrsValue): boolean {
  return !set.open && set.entries.every((member) => member.guards.length === 0 && !member.computedName);
}
