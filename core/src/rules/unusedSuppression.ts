import type { Rule } from "./rule.ts";

/** Reported by `applySuppressions`, which sees the comments. */
export const unusedSuppression: Rule = {
  id: "unused-suppression",
  title: "Comment silences nothing",
  summary:
    "A comment that silences nothing hides the next finding of its rule on that line, long after its reason is gone.",
  severity: "warning",
};
