import type { Notice } from "../../../core/src/closure/explorerMessages.ts";
import type { HostClosure } from "./hostClosure.ts";
import { describeRow } from "./lensText.ts";

/** More of them are in the table of the explorer. */
const shownViolations = 4;

/** What the explorer says of a closure as a whole: its budget, and whether it fits the machine. */
export function noticesOf({ budget, fit, target }: HostClosure): Notice[] {
  const violations = (budget?.violations ?? []).map(({ message }): Notice => ({ severity: "warning", text: message }));
  const more = violations.length - shownViolations;
  const rest: Notice[] = more > 0 ? [{ severity: "warning", text: `and ${more} more over budget` }] : [];
  const troubles = (fit?.rows ?? []).filter(({ verdict }) => verdict !== "ok");
  const fits = troubles.map(
    (row): Notice => ({ severity: row.verdict === "blocked" ? "warning" : "information", text: describeRow(row) }),
  );
  const isFine = fit !== undefined && target !== undefined && troubles.length === 0;
  const machine = [target?.disk ?? "", target?.ram ?? ""];
  return [
    ...violations.slice(0, shownViolations),
    ...rest,
    ...fits,
    ...(isFine
      ? [{ severity: "information", text: `Fits ${machine.filter((each) => each !== "").join(" and ")}.` } as const]
      : []),
  ];
}
