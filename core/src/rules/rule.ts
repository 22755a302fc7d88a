import type { Configuration } from "../flake/configuration.ts";
import type { FlakeModel } from "../flake/flakeModel.ts";
import type { Module } from "../model/module.ts";
import type { Place } from "../syntax/place.ts";
import type { Finding, Fix, Severity } from "./finding.ts";
import type { RuleSettings } from "./ruleSettings.ts";

/** What a rule says of one place; the checker adds the rule, the hosts and the severity the user asked for. */
export interface RuleFinding {
  readonly at: Place;
  /** What happens on the machine, and why. */
  readonly message: string;
  /** When it differs from the rule's own. */
  readonly severity?: Severity;
  readonly related?: Finding["related"];
  readonly fixes?: readonly Fix[];
}

export interface RuleContext {
  readonly flake: FlakeModel;
  readonly settings: RuleSettings;
  /** Text of a file of the flake; empty when there is no such file. */
  readonly text: (file: string) => string;
}

/** A pitfall the flake can be warned about. A rule is pure: it reads the model and gives findings. */
export interface Rule {
  /** Kebab-case; says the fault. */
  readonly id: string;
  /** A few words, for lists. */
  readonly title: string;
  /** One sentence: what goes wrong on the machine. */
  readonly summary: string;
  readonly severity: Severity;
  /** Looks at what the modules of a host say together. */
  readonly check?: (configuration: Configuration, context: RuleContext) => Iterable<RuleFinding>;
  /** Looks at one module, whichever hosts import it. */
  readonly checkModule?: (module: Module, context: RuleContext) => Iterable<RuleFinding>;
}
