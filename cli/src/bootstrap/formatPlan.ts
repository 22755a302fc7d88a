import { styleText } from "node:util";
import { describeVerdict } from "../../../core/src/bootstrap/describeVerdict.ts";
import type { BootstrapPlan } from "../../../core/src/bootstrap/plan.ts";
import { printable } from "../formats/printable.ts";

type Style = Parameters<typeof styleText>[0];

const severityStyles = { error: "red", warning: "yellow", info: "blue" } as const;
const verdictStyles = { ok: "green", tight: "yellow", blocked: "red" } as const;

/** The plan for people: what stands against it, what the memory has to hold, what is done in which order. */
export function formatPlan(plan: BootstrapPlan, colours: boolean): string {
  const paint = (style: Style, text: string): string =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const lines = [paint("bold", `${plan.host} on ${plan.target}`), ""];
  for (const { id, severity, message, remedy } of plan.preflight) {
    lines.push(`  ${paint(severityStyles[severity], severity)}  ${printable(message)}  ${paint("dim", id)}`);
    lines.push(`      ${printable(remedy)}`);
  }
  if (plan.preflight.length > 0) lines.push("");
  if (plan.forecast.length === 0) lines.push("Memory: not known", "");
  else lines.push(paint("bold", "Memory"), ...memoryTable(plan, paint), "");
  lines.push(paint("bold", "Steps"));
  plan.steps.forEach(({ id, title, action, reason }, index) => {
    const number = String(index + 1).padStart(2);
    if (id === plan.pointOfNoReturn)
      lines.push(paint("red", "  -- from here on there is no way back to the old system --"));
    const text = action === "run" ? title : `${title} (skipped)`;
    lines.push(
      `  ${number}. ${action === "run" ? text : paint("dim", text)}`,
      `      ${paint("dim", printable(reason))}`,
    );
  });
  lines.push("", paint(verdictStyles[plan.verdict], describeVerdict(plan)));
  return `${lines.join("\n")}\n`;
}

function memoryTable({ forecast }: BootstrapPlan, paint: (style: Style, text: string) => string): string[] {
  const rows = forecast.map(({ step, what, needMiB, haveMiB, verdict, action }) => ({
    left: `  ${step.padEnd(9)}${String(needMiB).padStart(6)} MiB of ${String(haveMiB).padStart(5)}  `,
    verdict,
    what,
    action,
  }));
  return rows.flatMap(({ left, verdict, what, action }) => [
    `${left}${paint(verdictStyles[verdict], verdict.padEnd(7))}  ${printable(what)}`,
    ...(action === "nothing" ? [] : [`${" ".repeat(left.length + 9)}${paint("dim", printable(action))}`]),
  ]);
}
