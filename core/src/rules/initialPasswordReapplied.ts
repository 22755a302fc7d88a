import type { StringValue, Value } from "../model/value.ts";
import { isDisposable } from "./disposableSystem.ts";
import { passwordFileFixes } from "./passwordFileFixes.ts";
import { persistedEntries } from "./persistence.ts";
import { rootIsWiped } from "./rootIsWiped.ts";
import type { Rule } from "./rule.ts";
import { sshPasswordLogin } from "./sshd.ts";
import { areUsersImmutable, effectOf, usersOf } from "./users.ts";
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
    // With immutable users there is nothing that `passwd` could have changed.
    if (rootIsWiped(configuration, settings) !== "yes" || areUsersImmutable(configuration)) return;
    if (persistedEntries(configuration, settings).some(({ path, early }) => path === "/etc" && early)) return;
    for (const user of usersOf(configuration)) {
      for (const credential of user.credentials) {
        const { option, definition } = credential;
        if (option !== "initialPassword" && option !== "initialHashedPassword") continue;
        if (effectOf(user, credential) !== "effective" || isDisposable(configuration, definition, flake.root)) continue;
        if (!credential.values.some(isLogin)) continue;
        const isKnownToAll =
          option === "initialPassword" &&
          credential.values.some((value) => value.kind === "string" && isWellKnownPassword(value.text, user.name));
        const isExposed = isKnownToAll && user.isPrivileged && sshPasswordLogin(configuration, user.name) === "yes";
        yield {
          at: definition.name,
          severity: isExposed ? "error" : "warning",
          message: `${user.label} gets this password back with every boot: /etc/shadow is on a root that is wiped, so what passwd sets does not stay.`,
          fixes: passwordFileFixes(configuration, context, user, credential),
        };
      }
    }
  },
};

/** Not a hash that no password has (`!`, `*`). */
function isLogin(value: Value): boolean {
  return value.kind !== "string" || !/^[!*]/.test((value satisfies StringValue).text);
}
