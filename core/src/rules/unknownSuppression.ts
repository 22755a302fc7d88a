import type { Rule } from "./rule.ts";

/** Reported by `applySuppressions`, which sees the comments. */
export const unknownSuppression: Rule = {
  id: "unknown-suppression",
  title: "Comment silences a rule that does not exist",
  summary:
    "A comment that names no known rule silences nothing, so the finding it was written for will show up, or never existed.",
  severity: "warning",
};
