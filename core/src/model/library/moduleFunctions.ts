import { attrsOf, toItems } from "../operations.ts";
import { type ListItem, unknown, type Value } from "../value.ts";
import {
  argumentAt,
  attrs,
  type Call,
  define,
  item,
  type LibraryFunction,
  type LibraryFunctions,
  list,
  stringItem,
  unresolved,
} from "./libraryCall.ts";

/** Functions of lib/modules.nix and lib/options.nix, and the conditional ones. */
export const moduleFunctions: LibraryFunctions = {
  mkIf: define(2, (call) => guarded(call, call.argument(1))),
  mkMerge: define(1, ({ argument, at }) => ({
    kind: "merge",
    contents: toItems(argument(0)).map((member) => wrapGuards(member)),
    at,
  })),
  mkForce: priority(50),
  mkVMOverride: priority(10),
  mkImageMediaOverride: priority(60),
  mkDefault: priority(1000),
  mkOptionDefault: priority(1500),
  mkOverride: define(2, ({ argument }) => {
    const level = argument(0);
    return {
      kind: "priority",
      priority: level.kind === "number" ? level.value : 100,
      content: argument(1),
      at: argument(1).at,
    };
  }),
  mkBefore: argumentAt(0),
  mkAfter: argumentAt(0),
  mkOrder: argumentAt(1),
  mkAssert: argumentAt(2),
  mkAliasDefinitions: define(1, ({ argument, at }) => {
    const value = argument(0);
    // `mkAliasDefinitions options.user` stands for the definitions of that option (lib/modules.nix).
    if (value.kind !== "reference" || value.root.name !== "options") return unknown(at);
    return { ...value, root: { ...value.root, name: "config" } };
  }),
  mkOption: define(1, ({ argument, evaluator, at }) => {
    const declared = attrsOf(argument(0))?.entries.some((member) => member.name === "default");
    return { kind: "option", default: declared ? evaluator.select(argument(0), "default", at) : undefined, at };
  }),
  mkEnableOption: define(1, ({ at }) => ({ kind: "option", default: { kind: "boolean", value: false, at }, at })),
  mkPackageOption: define(3, ({ at }) => ({ kind: "option", default: undefined, at })),
  optional: define(2, (call) => optional(call, [item(call.argument(1))])),
  optionals: define(2, (call) => optional(call, toItems(call.argument(1)))),
  optionalAttrs: define(2, (call) => {
    const condition = call.argument(0);
    if (condition.kind === "boolean" && !condition.value) return attrs([], false, call.at);
    return guarded(call, call.argument(1));
  }),
  optionalString: define(2, (call) => {
    const condition = call.argument(0);
    if (condition.kind === "boolean") return condition.value ? call.argument(1) : stringItem("", call.at);
    return unknown(call.at);
  }),
  mkAliasOptionModule: define(2, (call) => optionAlias(call)),
  mkRenamedOptionModule: define(2, (call) => optionAlias(call)),
};

function guarded(call: Call, content: Value): Value {
  const condition = call.argument(0);
  if (condition.kind === "boolean" && condition.value) return content;
  return { kind: "guarded", guards: [{ condition, negated: false }], content, at: content.at };
}

function priority(level: number): LibraryFunction {
  return define(1, ({ argument }) => ({ kind: "priority", priority: level, content: argument(0), at: argument(0).at }));
}

function optional(call: Call, items: readonly ListItem[]): Value {
  const condition = call.argument(0);
  if (condition.kind === "boolean") return list(condition.value ? items : [], call.at);
  const guard = { condition, negated: false };
  return list(
    items.map((entry) => ({ ...entry, guards: [guard, ...entry.guards] })),
    call.at,
  );
}

/** `mkAliasOptionModule from to` as a call that keeps both paths. */
function optionAlias({ argument, at }: Call): Value {
  return unresolved("mkAliasOptionModule", [argument(0), argument(1)], at);
}

function wrapGuards(member: ListItem): Value {
  return member.guards.length === 0
    ? member.value
    : { kind: "guarded", guards: member.guards, content: member.value, at: member.at };
}
