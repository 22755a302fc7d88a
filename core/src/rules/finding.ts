import type { Place } from "../syntax/place.ts";

/** How loud a finding is; `off` only occurs in configuration. */
export const severities = ["error", "warning", "info", "hint"] as const;
export type Severity = (typeof severities)[number];

/** Replaces the text of `Place` by `newText`; an insertion has `start === end`. */
export interface TextEdit extends Place {
  readonly newText: string;
}

/** One way to repair a finding. `safe` fixes change nothing but what the finding is about and are applied by fix-all. */
export interface Fix {
  readonly title: string;
  readonly safe: boolean;
  readonly edits: readonly TextEdit[];
}

/** What a rule reports about one place; `fixes` are ordered, the first one is preferred. */
export interface Finding extends Place {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** Names under `nixosConfigurations` that import the module, sorted; empty when no host is known to. */
  readonly hosts: readonly string[];
  readonly related: readonly (Place & { readonly message: string })[];
  readonly fixes: readonly Fix[];
}
