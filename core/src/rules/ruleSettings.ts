import type { Severity } from "./finding.ts";

/** What a user sets (`nixosVps.*`, `nixos-vps check --rule`, …); every field has a default in `defaultRuleSettings`. */
export interface RuleSettings {
  /** Severity by rule id; `off` silences the rule, a rule that is not named keeps its own severity. */
  readonly rules: Readonly<Record<string, Severity | "off">>;
  /** Private options that hold persisted directories, such as `my.persist.directories`; `*` stands for one segment. */
  readonly persistenceOptions: readonly string[];
  /** Hosts (names under `nixosConfigurations`, `*` allowed) that are rented machines without a screen. */
  readonly headlessHosts: readonly string[];
}

export const defaultRuleSettings: RuleSettings = { rules: {}, persistenceOptions: [], headlessHosts: [] };
