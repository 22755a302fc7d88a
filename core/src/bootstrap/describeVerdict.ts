import type { BootstrapPlan } from "./plan.ts";

const sentences = {
  ok: "Nothing stands against it.",
  tight: "It should work; the memory is tight.",
  blocked: "It cannot work like this.",
} as const;

/** What a plan comes to, in a sentence. Without a forecast nobody knows whether it works. */
export function describeVerdict({
  verdict,
  forecast,
  facts,
}: Pick<BootstrapPlan, "verdict" | "forecast" | "facts">): string {
  if (verdict === "blocked" || forecast.length > 0) return sentences[verdict];
  const machine = facts.disks === "unknown" ? "memory and disks" : "memory";
  return `Whether it works is not known: the facts do not say what ${machine} the target has.`;
}
