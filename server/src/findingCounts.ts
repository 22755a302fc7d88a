import type { FindingCounts } from "../../core/src/protocol.ts";
import type { Finding } from "../../core/src/rules/finding.ts";

export function findingCounts(findings: readonly Finding[]): FindingCounts {
  const counts = { error: 0, warning: 0, info: 0, hint: 0 };
  for (const { severity } of findings) counts[severity]++;
  return counts;
}
