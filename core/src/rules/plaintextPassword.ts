import { isDisposable } from "./disposableSystem.ts";
import { passwordFileFixes } from "./passwordFileFixes.ts";
import { rootIsWiped } from "./rootIsWiped.ts";
import type { Rule } from "./rule.ts";
import { areUsersImmutable, effectOf, literalPlace, usersOf } from "./users.ts";
import { isWellKnownPassword } from "./weakPassword.ts";

/**
 * The file that users are made from is in the Nix store, with `password` and `initialPassword` in plain text (nixpkgs
 * nixos/modules/config/users-groups.nix: "world-readable in the Nix store"). With `users.mutableUsers = false` an initial password
 * is the password (same file). Well-known ones are `bootstrap-password-left-on`; a hash is not plain text.
 */
export const plaintextPassword: Rule = {
  id: "plaintext-password",
  title: "Password in plain text",
  summary: "A password stands in the configuration, readable for every user of the machine.",
  severity: "warning",
  *check(configuration, context) {
    for (const user of usersOf(configuration)) {
      for (const credential of user.credentials) {
        const { option, definition } = credential;
        if (option !== "password" && option !== "initialPassword") continue;
        if (effectOf(user, credential) === "ignored" || isDisposable(configuration, definition, context.flake.root))
          continue;
        const changesLater = option === "initialPassword" && !areUsersImmutable(configuration);
        // Then it comes back with every boot, which initial-password-reapplied says.
        if (changesLater && rootIsWiped(configuration, context.settings) === "yes") continue;
        for (const value of credential.values) {
          if (
            value.kind !== "string" ||
            value.text === "" ||
            value.text.startsWith("!") ||
            isWellKnownPassword(value.text, user.name)
          )
            continue;
          yield {
            at: literalPlace(definition, value.at),
            severity: changesLater ? "info" : "warning",
            message: `The password of ${user.label} is in the Nix store, where every user and service of the machine, every binary cache and everyone with the repository can read it${changesLater ? ". Change it with passwd after the first login" : option === "initialPassword" ? "; as users.mutableUsers is false, passwd cannot change it" : ""}.`,
            fixes: passwordFileFixes(configuration, context, user, credential),
          };
        }
      }
    }
  },
};
