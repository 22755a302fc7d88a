import { certainItems, toItems } from "../operations.ts";
import { type ListItem, unknown, type Value } from "../value.ts";
import {
  apply2,
  argumentAt,
  type Call,
  define,
  item,
  type LibraryFunctions,
  list,
  text,
  unresolved,
} from "./libraryCall.ts";

/** Functions of lists. */
export const listFunctions: LibraryFunctions = {
  map: define(2, (call) => list(mapItems(call, call.argument(1), call.argument(0)), call.at)),
  forEach: define(2, (call) => list(mapItems(call, call.argument(0), call.argument(1)), call.at)),
  concatMap: define(2, (call) => list(flattenItems(mapItems(call, call.argument(1), call.argument(0)), 1), call.at)),
  concatLists: define(1, (call) => list(flattenItems(toItems(call.argument(0)), 1), call.at)),
  flatten: define(1, (call) => list(flattenItems(toItems(call.argument(0)), Number.POSITIVE_INFINITY), call.at)),
  toList: define(1, (call) =>
    call.argument(0).kind === "list" ? call.argument(0) : list([item(call.argument(0))], call.at),
  ),
  singleton: define(1, (call) => list([item(call.argument(0))], call.at)),
  unique: define(1, (call) => list(toItems(call.argument(0)), call.at)),
  naturalSort: argumentAt(0),
  reverseList: define(1, (call) => list(toItems(call.argument(0)).reverse(), call.at)),
  sort: argumentAt(1),
  remove: argumentAt(1),
  subtractLists: argumentAt(1),
  filter: define(2, (call) => list(filterItems(call, call.argument(1)), call.at)),
  elem: define(2, (call) => {
    const wanted = call.argument(0);
    const items = toItems(call.argument(1));
    const known = items.every(
      (member) => !member.spread && member.value.kind === "string" && member.guards.length === 0,
    );
    if (wanted.kind !== "string" || !known) return unresolved("elem", [wanted, call.argument(1)], call.at);
    return { kind: "boolean", value: items.some((member) => text(member.value) === wanted.text), at: call.at };
  }),
  zipListsWith: define(3, (call) => {
    const [left, right] = [toItems(call.argument(1)), toItems(call.argument(2))];
    if ([...left, ...right].some((member) => member.spread)) return unknown(call.at);
    const pairs = left.slice(0, right.length);
    return list(
      pairs.map((member, index) => ({
        ...member,
        value: apply2(call, call.argument(0), member.value, () => right[index]?.value ?? unknown(call.at)),
      })),
      call.at,
    );
  }),
  imap0: define(2, (call) => list(indexedItems(call, 0), call.at)),
  imap1: define(2, (call) => list(indexedItems(call, 1), call.at)),
  tail: define(1, (call) => list(toItems(call.argument(0)).slice(1), call.at)),
  init: define(1, (call) => list(toItems(call.argument(0)).slice(0, -1), call.at)),
  take: define(2, (call) => part(call, (items, count) => items.slice(0, count))),
  drop: define(2, (call) => part(call, (items, count) => items.slice(count))),
  length: define(1, (call) => {
    const items = certainItems(call.argument(0));
    return items
      ? { kind: "number", value: items.length, at: call.at }
      : unresolved("length", [call.argument(0)], call.at);
  }),
  any: define(2, (call) => quantified(call, "any")),
  all: define(2, (call) => quantified(call, "all")),
  head: define(1, (call) => toItems(call.argument(0))[0]?.value ?? unknown(call.at)),
  last: define(1, (call) => toItems(call.argument(0)).at(-1)?.value ?? unknown(call.at)),
  elemAt: define(2, (call) => {
    const index = call.argument(1);
    return (index.kind === "number" ? toItems(call.argument(0))[index.value]?.value : undefined) ?? unknown(call.at);
  }),
  foldl: define(3, fold),
  "foldl'": define(3, fold),
  foldr: define(3, (call) =>
    toItems(call.argument(2)).reduceRight(
      (accumulated: Value, member) => apply2(call, call.argument(0), member.value, () => accumulated),
      call.argument(1),
    ),
  ),
};

function part(call: Call, cut: (items: readonly ListItem[], count: number) => readonly ListItem[]): Value {
  const count = call.argument(0);
  const items = certainItems(call.argument(1));
  return items && count.kind === "number" ? list(cut(items, count.value), call.at) : unknown(call.at);
}

function quantified(call: Call, name: "any" | "all"): Value {
  const decisive = name === "any";
  const items = certainItems(call.argument(1));
  const verdicts = items?.map((member) => call.evaluator.apply(call.argument(0), () => member.value, call.at));
  const known = verdicts?.flatMap((verdict) => (verdict.kind === "boolean" ? [verdict.value] : [])) ?? [];
  const isKnown = known.includes(decisive) || known.length === items?.length;
  if (isKnown) return { kind: "boolean", value: known.includes(decisive) === decisive, at: call.at };
  return unresolved(name, [call.argument(0), call.argument(1)], call.at);
}

function mapItems(call: Call, value: Value, callee: Value): ListItem[] {
  const { evaluator, at } = call;
  return toItems(value).map((entry) =>
    entry.spread
      ? { ...entry, value: { kind: "mapped", function: callee, over: entry.value, at: entry.at } }
      : { ...entry, value: evaluator.apply(callee, () => entry.value, at) },
  );
}

/** Elements that are lists become their elements, `levels` deep. */
function flattenItems(items: readonly ListItem[], levels: number): ListItem[] {
  return items.flatMap((entry) => {
    if (entry.spread || levels === 0) return [entry];
    if (!["list", "guarded", "merge", "priority"].includes(entry.value.kind))
      return levels === Number.POSITIVE_INFINITY ? [entry] : toItems(entry.value, entry.guards);
    return flattenItems(toItems(entry.value, entry.guards), levels - 1);
  });
}

function indexedItems(call: Call, first: number): ListItem[] {
  return toItems(call.argument(1)).map((member, index) =>
    member.spread
      ? member
      : {
          ...member,
          value: apply2(
            call,
            call.argument(0),
            { kind: "number", value: index + first, at: call.at },
            () => member.value,
          ),
        },
  );
}

function filterItems(call: Call, value: Value): ListItem[] {
  const predicate = call.argument(0);
  return toItems(value).flatMap((entry): ListItem[] => {
    if (entry.spread) return [entry];
    const verdict = call.evaluator.apply(predicate, () => entry.value, call.at);
    if (verdict.kind === "boolean") return verdict.value ? [entry] : [];
    const isCondition = verdict.kind === "reference" || verdict.kind === "operation";
    return [isCondition ? { ...entry, guards: [...entry.guards, { condition: verdict, negated: false }] } : entry];
  });
}

function fold(call: Call): Value {
  const items = toItems(call.argument(2));
  if (items.some((member) => member.spread)) return unknown(call.at);
  return items.reduce(
    (sum: Value, member) => apply2(call, call.argument(0), sum, () => member.value),
    call.argument(1),
  );
}
