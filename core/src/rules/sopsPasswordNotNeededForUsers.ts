import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import { isDisposable } from "./disposableSystem.ts";
import { insertBindingAfter } from "./edits.ts";
import type { Fix, TextEdit } from "./finding.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { hasUnknownSecrets, passwordSecrets, secretDefinitions } from "./secrets.ts";

/**
 * sops-nix decrypts to /run/secrets after users exist, because secrets have owners; only with `neededForUsers` does it decrypt to
 * /run/secrets-for-users before (sops-nix README, "Setting a user's password"; modules/sops/secrets-for-users).
 */
export const sopsPasswordNotNeededForUsers: Rule = {
  id: "sops-password-not-needed-for-users",
  title: "Password secret is decrypted after users are made",
  summary: "A sops secret is a user's password but is decrypted after users are created.",
  severity: "error",
  *check(configuration, context) {
    for (const { user, credential, secret } of passwordSecrets(configuration)) {
      if (secret.tool !== "sops" || secret.literal?.startsWith("/run/secrets-for-users/")) continue;
      if (isDisposable(configuration, credential.definition, context.flake.root)) continue;
      const declared = secretDefinitions(configuration.widest, secret);
      if (declared.length === 0 || isNeededForUsers(configuration, declared)) continue;
      yield {
        at: credential.definition.value.at,
        message: `sops decrypts "${secret.name}" after users are made: at each boot the password file is not there yet, so ${user.label} is locked.`,
        related: declared
          .slice(0, 1)
          .map(({ names, name }) => ({ ...(names[2] ?? name), message: "The secret lacks neededForUsers = true." })),
        fixes: secret.literal === undefined ? fixes(context, declared) : [],
      };
    }
  },
};

function isNeededForUsers(configuration: Configuration, declared: readonly Definition[]): boolean {
  if (hasUnknownSecrets(configuration.widest, "sops")) return true;
  return declared.some(
    ({ path, value }) =>
      (path.length === 3 && !(value.kind === "attrs" && !value.open)) ||
      (path[3] === "neededForUsers" &&
        configuration.widest.values(value).some((known) => known.kind !== "boolean" || known.value)),
  );
}

/** Owner, group and mode do not go with `neededForUsers`: an assertion of sops-nix says so. */
const conflicting = new Set(["owner", "group", "mode", "uid", "gid"]);

function fixes(context: RuleContext, declared: readonly Definition[]): Fix[] {
  const [first] = declared;
  const edit = first && insertion(context.text(first.name.file), first);
  if (!edit) return [];
  const safe = !declared.some(({ path }) => conflicting.has(path[3] ?? ""));
  return [{ title: "Decrypt it before users are made", safe, edits: [edit] }];
}

function insertion(text: string, { path, binding, value, names }: Definition): TextEdit | undefined {
  const name = names[2];
  if (!binding || !name) return undefined;
  const { file } = name;
  if (path.length === 3) {
    // `sops.secrets.x = { };`
    if (value.kind !== "attrs" || !value.literal || value.at.file !== file) return undefined;
    return { file, start: value.at.start, end: value.at.end, newText: "{ neededForUsers = true; }" };
  }
  const last = binding.path.at(-1);
  if (!last || path.length !== 4) return undefined;
  return insertBindingAfter(text, file, binding, `${text.slice(binding.start, last.start)}neededForUsers = true;`);
}
