import { basename, dirname } from "node:path";
import { concatText, toItems } from "../operations.ts";
import { unknown, type Value } from "../value.ts";
import {
  argumentAt,
  type Call,
  define,
  item,
  type LibraryFunction,
  type LibraryFunctions,
  list,
  onText,
  stringItem,
  text,
} from "./libraryCall.ts";

/** Functions of strings and paths. */
export const textFunctions: LibraryFunctions = {
  toString: define(1, ({ argument, at }) => {
    const value = argument(0);
    if (value.kind === "number") return stringItem(String(value.value), at);
    return concatText([value], at);
  }),
  toPath: argumentAt(0),
  unsafeDiscardStringContext: argumentAt(0),
  baseNameOf: onText(0, 1, (value, { at }) => stringItem(basename(value), at)),
  dirOf: onText(0, 1, (value, { at }) => ({ kind: "path", path: dirname(value), at })),
  concatStrings: define(1, (call) => joined(call, "", call.argument(0))),
  concatStringsSep: define(2, (call) => joined(call, text(call.argument(0)), call.argument(1))),
  concatMapStrings: define(2, (call) => joinedMap(call, "", call.argument(0), call.argument(1))),
  concatMapStringsSep: define(3, (call) => joinedMap(call, text(call.argument(0)), call.argument(1), call.argument(2))),
  hasPrefix: predicate((fix, value) => value.startsWith(fix)),
  hasSuffix: predicate((fix, value) => value.endsWith(fix)),
  hasInfix: predicate((fix, value) => value.includes(fix)),
  removePrefix: removeFix((fix, value) => (value.startsWith(fix) ? value.slice(fix.length) : value)),
  removeSuffix: removeFix((fix, value) => (fix !== "" && value.endsWith(fix) ? value.slice(0, -fix.length) : value)),
  replaceStrings: onText(2, 3, (value, call) => {
    const from = toItems(call.argument(0)).map((member) => text(member.value));
    const to = toItems(call.argument(1)).map((member) => text(member.value));
    if (from.some((piece) => !piece) || to.some((piece) => piece === undefined)) return undefined;
    // The first pattern that matches at a place wins, and replaced text is not looked at again (Nix manual, replaceStrings).
    const pattern = new RegExp(
      from.map((piece) => (piece ?? "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"),
      "g",
    );
    return from.length === 0
      ? undefined
      : stringItem(
          value.replace(pattern, (match) => to[from.indexOf(match)] ?? match),
          call.at,
        );
  }),
  toLower: onText(0, 1, (value, { at }) => stringItem(value.toLowerCase(), at)),
  splitString: onText(1, 2, (value, call) => {
    const separator = text(call.argument(0));
    return separator
      ? list(
          value.split(separator).map((piece) => item(stringItem(piece, call.at))),
          call.at,
        )
      : undefined;
  }),
};

function predicate(run: (fix: string, value: string) => boolean): LibraryFunction {
  return onText(1, 2, (value, call) => {
    const fix = text(call.argument(0));
    return fix === undefined ? undefined : { kind: "boolean", value: run(fix, value), at: call.at };
  });
}

function removeFix(run: (fix: string, value: string) => string): LibraryFunction {
  return onText(1, 2, (value, call) => {
    const fix = text(call.argument(0));
    return fix === undefined ? undefined : stringItem(run(fix, value), call.at);
  });
}

/** Elements that are not known give one text in which they are not known. */
function joinedMap(call: Call, separator: string | undefined, callee: Value, value: Value): Value {
  const { evaluator, at } = call;
  const texts = toItems(value).map((entry) =>
    evaluator.apply(callee, () => (entry.spread ? unknown(entry.at) : entry.value), at),
  );
  return separator === undefined
    ? unknown(at)
    : concatText(
        texts.flatMap((piece, index) => (index === 0 ? [piece] : [separator, piece])),
        at,
      );
}

function joined(call: Call, separator: string | undefined, value: Value): Value {
  const items = toItems(value);
  if (separator === undefined || items.some((member) => member.spread || member.guards.length > 0))
    return unknown(call.at);
  return concatText(
    items.flatMap((member, index) => (index === 0 ? [member.value] : [separator, member.value])),
    call.at,
  );
}
