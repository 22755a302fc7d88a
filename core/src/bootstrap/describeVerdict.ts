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
  preflight,
}: Pick<BootstrapPlan, "verdict" | "forecast" | "facts" | "preflight">): string {
  if (verdict !== "blocked" && forecast.length === 0) {
    const machine = facts.disks === "unknown" ? "memory and disks" : "memory";
    return `Whether it works is not known: the facts do not say what ${machine} the target has.`;
  }
  const isPartlyKnown = preflight.some(({ id }) => id === "unknown-facts" || id === "unknown-configuration");
  return verdict === "ok" && isPartlyKnown ? "Nothing that is known stands against it." : sentences[verdict];
}
