import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import { configPath, type Value } from "../model/value.ts";
import type { Place } from "../syntax/place.ts";
import { type Credential, type User, usersOf } from "./users.ts";

export type SecretTool = "agenix" | "sops";

/** A file that agenix or sops-nix decrypts during the boot, as a value names it. */
export interface SecretReference {
  readonly tool: SecretTool;
  readonly name: string;
  /** The path of the decrypted file, when it is written out: `/run/secrets-for-users/x`. */
  readonly literal: string | undefined;
}

const secretOptions: Readonly<Record<SecretTool, string>> = { agenix: "age", sops: "sops" };

/** Directories of decrypted secrets (agenix modules/age.nix, sops-nix modules/sops). */
const literalPath = /^\/run\/(agenix|secrets-for-users|secrets)(?:\.d\/\d+)?\/(.+)$/;

/** The secret whose decrypted file a value is: `config.age.secrets.x.path`, `"/run/agenix/x"`; undefined when it is none. */
export function secretOf(value: Value): SecretReference | undefined {
  const path = configPath(value);
  if (path) {
    const [tool, secrets, name, attribute] = path;
    const known = tool === "age" ? "agenix" : tool === "sops" ? "sops" : undefined;
    if (!known || secrets !== "secrets" || name === undefined || attribute !== "path" || path.length !== 4)
      return undefined;
    return { tool: known, name, literal: undefined };
  }
  const [literal, directory, name] = (value.kind === "string" && literalPath.exec(value.text)) || [];
  if (directory === undefined || name === undefined) return undefined;
  return { tool: directory === "agenix" ? "agenix" : "sops", name, literal };
}

/** A user's password that comes out of a secret. */
export interface PasswordSecret {
  readonly user: User;
  readonly credential: Credential;
  readonly secret: SecretReference;
}

export function passwordSecrets(configuration: Configuration): readonly PasswordSecret[] {
  return usersOf(configuration).flatMap((user) =>
    user.credentials
      .filter(({ option }) => option === "hashedPasswordFile")
      .flatMap((credential) =>
        // What `path` is set to would hide that it is a secret's.
        [credential.definition.value, ...credential.values]
          .flatMap((value) => secretOf(value) ?? [])
          .slice(0, 1)
          .map((secret) => ({ user, credential, secret })),
      ),
  );
}

/** What a configuration says about a secret: definitions of `age.secrets.<name>` and below. */
export function secretDefinitions(
  configuration: Configuration,
  { tool, name }: Pick<SecretReference, "tool" | "name">,
): readonly Definition[] {
  return configuration
    .definitionsBelow(`${secretOptions[tool]}.secrets.*`)
    .filter((definition) => definition.path[2] === name && !definition.computedNames.has(2));
}

/** Whether a configuration may declare secrets under names that are not known here. */
export function hasUnknownSecrets(configuration: Configuration, tool: SecretTool): boolean {
  const option = secretOptions[tool];
  return configuration
    .definitionsBelow(`${option}.secrets`)
    .some(
      ({ path, computedNames, value }) =>
        computedNames.has(2) || (path.length === 2 && !(value.kind === "attrs" && !value.open)),
    );
}

/** A private key that decrypts secrets on the machine. */
export interface Identity {
  readonly path: string;
  readonly at: Place;
  readonly definition: Definition;
}

export interface Identities {
  /** Those that are written down; the defaults (the SSH host keys) are not among them. */
  readonly listed: readonly Identity[];
  /** Every option that can name an identity was understood. */
  readonly isComplete: boolean;
  /** The tool takes the SSH host keys, as no option says otherwise. */
  readonly takesHostKeys: boolean;
}

const identityLists: Readonly<Record<SecretTool, readonly string[]>> = {
  agenix: ["age.identityPaths"],
  sops: ["sops.age.sshKeyPaths", "sops.gnupg.sshKeyPaths", "sops.age.keyFile"],
};

/** The list that stands for the SSH host keys unless it is set (agenix modules/age.nix, sops-nix modules/sops/default.nix). */
const hostKeyLists: Readonly<Record<SecretTool, string>> = {
  agenix: "age.identityPaths",
  sops: "sops.age.sshKeyPaths",
};

export function identitiesOf(configuration: Configuration, tool: SecretTool): Identities {
  const listed: Identity[] = [];
  let isComplete = true;
  for (const option of identityLists[tool]) {
    for (const definition of strongest(configuration, configuration.definitions(option))) {
      const items = option.endsWith("keyFile")
        ? [{ value: definition.value, spread: false, at: definition.value.at }]
        : configuration.items(definition.value, definition);
      for (const item of items) {
        for (const value of item.spread ? [item.value] : configuration.values(item.value)) {
          if (value.kind === "null") continue;
          const path =
            value.kind === "string" || value.kind === "path"
              ? value.kind === "string"
                ? value.text
                : value.path
              : undefined;
          if (path === undefined || item.spread) isComplete = false;
          else listed.push({ path, at: item.at, definition });
        }
      }
    }
  }
  return { listed, isComplete, takesHostKeys: configuration.widest.definitions(hostKeyLists[tool]).length === 0 };
}

function strongest(configuration: Configuration, definitions: readonly Definition[]): readonly Definition[] {
  const certain = definitions.filter(
    (definition) => configuration.host !== undefined && configuration.holds(definition.guards) === "yes",
  );
  const priority = Math.min(...certain.map((definition) => definition.priority));
  return definitions.filter((definition) => definition.priority <= priority);
}
