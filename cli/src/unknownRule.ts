import { CannotRun } from "./cannotRun.ts";
import { suggestion } from "./suggestion.ts";

export function unknownRule(rule: string, ruleIds: readonly string[]): CannotRun {
  return new CannotRun(`unknown rule "${rule}"${suggestion(rule, ruleIds)} (nixos-vps rules lists them)`);
}
