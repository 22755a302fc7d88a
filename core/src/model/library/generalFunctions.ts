import type { Place } from "../../syntax/place.ts";
import { toItems } from "../operations.ts";
import { unknown, type Value } from "../value.ts";
import { apply2, argumentAt, define, type LibraryFunctions } from "./libraryCall.ts";

/** Functions that pass values on, ask for their type, or belong to flake-parts. */
export const generalFunctions: LibraryFunctions = {
  getExe: define(1, ({ at }) => unknown(at)),
  id: argumentAt(0),
  const: argumentAt(0),
  trace: argumentAt(1),
  traceVal: argumentAt(0),
  warn: argumentAt(1),
  warnIf: argumentAt(2),
  warnIfNot: argumentAt(2),
  throwIf: argumentAt(2),
  throwIfNot: argumentAt(2),
  assertMsg: define(2, ({ at }) => ({ kind: "boolean", value: true, at })),
  seq: argumentAt(1),
  deepSeq: argumentAt(1),
  addErrorContext: argumentAt(1),
  makeOverridable: define(2, (call) => call.evaluator.apply(call.argument(0), call.thunk(1), call.at)),
  // flake-parts calls the function with the arguments of the system's perSystem modules.
  withSystem: define(2, (call) => {
    const callee = call.argument(1);
    return callee.kind === "function" ? call.evaluator.enterFunction(callee, false) : unknown(call.at);
  }),
  flip: define(3, (call) => apply2(call, call.argument(0), call.argument(2), call.thunk(1))),
  pipe: define(2, (call) =>
    toItems(call.argument(1)).reduce(
      (sum: Value, member) => call.evaluator.apply(member.value, () => sum, call.at),
      call.argument(0),
    ),
  ),
  isNull: define(1, ({ argument, at }) => {
    const known = knownKind(argument(0), "null", at);
    return known.kind === "unknown"
      ? { kind: "operation", operator: "==", operands: [argument(0), { kind: "null", at }], at }
      : known;
  }),
  isString: define(1, ({ argument, at }) => knownKind(argument(0), "string", at)),
  isAttrs: define(1, ({ argument, at }) => knownKind(argument(0), "attrs", at)),
  isList: define(1, ({ argument, at }) => knownKind(argument(0), "list", at)),
};

function knownKind(value: Value, kind: Value["kind"], at: Place): Value {
  const concrete = ["string", "boolean", "number", "null", "list", "attrs", "path", "function"];
  return concrete.includes(value.kind) ? { kind: "boolean", value: value.kind === kind, at } : unknown(at);
}
