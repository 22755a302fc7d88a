import type { Configuration } from "../flake/configuration.ts";
import type { Value } from "../model/value.ts";
import { isDisposable } from "./disposableSystem.ts";
import type { Severity } from "./finding.ts";
import { passwordFileFixes } from "./passwordFileFixes.ts";
import { persistedEntries } from "./persistence.ts";
import { rootIsWiped } from "./rootIsWiped.ts";
import type { Rule } from "./rule.ts";
import { sshPasswordLogin } from "./sshd.ts";
import { areUsersImmutable, type Credential, effectOf, type User, usersOf } from "./users.ts";
import { isWellKnownPassword } from "./weakPassword.ts";

/**
 * An initial password is set when the user is not in /etc/passwd yet (nixpkgs nixos/modules/config/update-users-groups.pl, `if
 * (defined $existing)`). On a root that is empty after every boot that is always so, and what `passwd` wrote to /etc/shadow is gone.
 */
export const initialPasswordReapplied: Rule = {
  id: "initial-password-reapplied",
  title: "Initial password comes back with every boot",
  summary: "The root is wiped at boot, so an initial password comes back every time.",
  severity: "warning",
  *check(configuration, context) {
    const { settings, flake } = context;
    const wiped = rootIsWiped(configuration, settings);
    // With immutable users there is nothing that `passwd` could have changed.
    if (wiped === "no" || areUsersImmutable(configuration)) return;
    if (persistedEntries(configuration, settings).some(({ path, early }) => path === "/etc" && early)) return;
    for (const user of usersOf(configuration)) {
      for (const credential of user.credentials) {
        const { option, definition } = credential;
        if (option !== "initialPassword" && option !== "initialHashedPassword") continue;
        if (effectOf(user, credential) !== "effective" || isDisposable(configuration, definition, flake.root)) continue;
        if (!credential.values.some(isLogin)) continue;
        const condition = wiped === "yes" ? "T" : "If the root is wiped at boot, t";
        yield {
          at: definition.name,
          severity: wiped === "maybe" ? "hint" : severityOf(configuration, user, credential),
          message: `${condition}he password of ${user.label} comes back with every boot: /etc/shadow is empty each time, so what passwd sets does not stay.`,
          fixes: passwordFileFixes(configuration, context, user, credential),
        };
      }
    }
  },
};

/** A hash that comes back is as good as it was; a password that everybody knows comes back for everybody who can reach sshd. */
function severityOf(configuration: Configuration, user: User, { option, values }: Credential): Severity {
  if (option === "initialHashedPassword") return "info";
  const isKnownToAll = values.some((value) => value.kind === "string" && isWellKnownPassword(value.text, user.name));
  const isExposed = user.isPrivileged && sshPasswordLogin(configuration, user.name) === "yes";
  return isKnownToAll && isExposed ? "error" : "warning";
}

/** Not a hash that no password has (`!`, `*`). */
function isLogin(value: Value): boolean {
  return value.kind !== "string" || !/^[!*]/.test(value.text);
}
