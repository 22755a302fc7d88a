// With `startWhenNeeded` nixpkgs makes `sshd.socket` and `sshd@.service` instead of `sshd.service` (services/networking/ssh/sshd.nix):
// sshd first runs, and first reads its configuration, when somebody connects. That the socket itself can give up under memory
// pressure ("Failed with result 'resources'") is https://github.com/NixOS/nixpkgs/issues/99127.
import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import { replaceText } from "./edits.ts";
import { isHeadless } from "./headless.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";
import { isSshdOn } from "./sshd.ts";

export const sshdSocketActivated: Rule = {
  id: "sshd-socket-activated",
  title: "sshd only starts when somebody connects",
  summary:
    "With socket activation nothing starts sshd at boot, so a broken sshd configuration shows up at the first connection, when it is too late.",
  severity: "hint",
  check: function* (configuration, { settings }: RuleContext): Iterable<RuleFinding> {
    if (isSshdOn(configuration) === "no") return;
    const isRemote = isHeadless(configuration, settings) === "yes";
    for (const definition of strongest(configuration)) {
      for (const value of configuration.values(definition.value)) {
        if (value.kind !== "boolean" || !value.value) continue;
        yield {
          at: value.at,
          severity: isRemote ? "warning" : "hint",
          message:
            "Nothing starts sshd at boot: with socket activation a broken sshd_config, or a socket that gave up for lack of memory, " +
            "is noticed by the first connection that fails, and no unit shows as failed. Set it to false: a running sshd takes about 5 MB.",
          fixes: [{ title: "Keep sshd running", safe: isRemote, edits: [replaceText(value.at, "false")] }],
        };
      }
    }
  },
};

/** The definitions that count; where several hosts may be meant, all of them. */
function strongest(configuration: Configuration): readonly Definition[] {
  const definitions = configuration.definitions("services.openssh.startWhenNeeded");
  if (configuration.host === undefined) return definitions;
  const priority = Math.min(...definitions.map((definition) => definition.priority));
  return definitions.filter((definition) => definition.priority === priority);
}
