import { type Severity, severities } from "../../core/src/rules/finding.ts";
import { defaultRuleSettings, type RuleSettings } from "../../core/src/rules/ruleSettings.ts";

export const settingsSection = "nixosVps";

export interface ValidatedSettings {
  readonly settings: RuleSettings;
  /** One line per value that is wrong and therefore not used. */
  readonly problems: readonly string[];
}

/** Reads the settings section `nixosVps` as a client sends it; a wrong value is dropped, the others count. */
export function validateSettings(section: unknown, ruleIds: ReadonlySet<string>): ValidatedSettings {
  const problems: string[] = [];
  if (section === undefined || section === null) return { settings: defaultRuleSettings, problems };
  if (!isRecord(section)) {
    return { settings: defaultRuleSettings, problems: [wrong(settingsSection, section, "an object")] };
  }
  const names = (key: "persistenceOptions" | "headlessHosts"): readonly string[] => {
    const value = section[key];
    if (value === undefined || value === null) return defaultRuleSettings[key];
    if (Array.isArray(value) && value.every((name): name is string => typeof name === "string")) return value;
    problems.push(wrong(`${settingsSection}.${key}`, value, "a list of strings"));
    return defaultRuleSettings[key];
  };
  const settings = {
    rules: validateRules(section["rules"], ruleIds, problems),
    persistenceOptions: names("persistenceOptions"),
    headlessHosts: names("headlessHosts"),
  };
  return { settings, problems };
}

function validateRules(value: unknown, ruleIds: ReadonlySet<string>, problems: string[]): RuleSettings["rules"] {
  if (value === undefined || value === null) return defaultRuleSettings.rules;
  const key = `${settingsSection}.rules`;
  if (!isRecord(value)) {
    problems.push(wrong(key, value, "an object from rule id to severity"));
    return defaultRuleSettings.rules;
  }
  const rules: Record<string, Severity | "off"> = {};
  for (const [id, severity] of Object.entries(value)) {
    if (!ruleIds.has(id)) problems.push(`${key}: there is no rule "${id}".`);
    else if (!isSeverity(severity))
      problems.push(wrong(`${key}.${id}`, severity, `one of ${[...severities, "off"].join(", ")}`));
    else rules[id] = severity;
  }
  return rules;
}

function isSeverity(value: unknown): value is Severity | "off" {
  return value === "off" || severities.some((severity) => severity === value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(key: string, value: unknown, expected: string): string {
  return `${key}: ${JSON.stringify(value)} is not ${expected}; ignored.`;
}
