// nixpkgs profiles/headless.nix switches off getty@tty1, autovt@, the serial gettys on ttyS0 and hvc0 and emergency mode, because
// it is made for machines without any console (EC2). The console of a VPS provider shows tty1 or ttyS0.
import type { Configuration } from "../flake/configuration.ts";
import type { Place } from "../syntax/place.ts";
import { deleteText, replaceText } from "./edits.ts";
import type { Fix } from "./finding.ts";
import { isHeadless, upstreamImports } from "./headless.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";

export const noConsoleFallback: Rule = {
  id: "no-console-fallback",
  title: "No login prompt on the console",
  summary:
    "When SSH fails, the provider's console shows no login prompt either, and a boot that fails does not stop in emergency mode.",
  severity: "info",
  check: function* (configuration, context): Iterable<RuleFinding> {
    if (hasOtherPrompt(configuration)) return;
    yield* headlessProfile(configuration, context);
    if (isHeadless(configuration, context.settings) !== "yes") return;
    for (const [option, effect] of consoleOptions) yield* switchedOff(configuration, option, effect);
  },
};

const consoleOptions = [
  ["systemd.services.getty@tty1.enable", "there is no login prompt on tty1"],
  ["systemd.services.getty@.enable", "there is no login prompt on any virtual console"],
  ["console.enable", "there is no virtual console, so no login prompt either"],
] as const;

const prompts = ["getty@tty1", "serial-getty@ttyS0", "serial-getty@hvc0", "serial-getty@ttyAMA0"];

/** A prompt that somebody switched on on purpose. */
function hasOtherPrompt(configuration: Configuration): boolean {
  return prompts.some((name) => configuration.flag(`systemd.services.${name}.enable`).state === "yes");
}

function* headlessProfile(configuration: Configuration, { text }: RuleContext): Iterable<RuleFinding> {
  for (const { item, module, truth } of upstreamImports(configuration, /^profiles\/headless(?:\.nix)?$/)) {
    if (!item || !module || truth === "no" || !configuration.modules.includes(module)) continue;
    yield {
      at: item.at,
      message:
        "profiles/headless.nix switches off the login prompts on tty1 and the serial ports, and emergency mode: when SSH fails, the provider's console is no way in either.",
      fixes: [removal("Do not import profiles/headless.nix", text(item.at.file), item.at)],
    };
  }
}

function* switchedOff(configuration: Configuration, option: string, effect: string): Iterable<RuleFinding> {
  const { state, definition } = configuration.flag(option);
  if (state !== "no" || !definition) return;
  for (const value of configuration.values(definition.value)) {
    if (value.kind !== "boolean" || value.value) continue;
    yield {
      at: value.at,
      message: `When SSH fails, the provider's console is no way in either: ${effect}.`,
      fixes: [{ title: "Keep the login prompt", safe: false, edits: [replaceText(value.at, "true")] }],
    };
  }
}

function removal(title: string, text: string, at: Place): Fix {
  return { title, safe: false, edits: [deleteText(text, at)] };
}
