import type { Configuration, Truth } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import type { Value } from "../model/value.ts";
import type { Place } from "../syntax/place.ts";

/** What a user can log in with, by the option that says so; `passwordFile` is the old name of `hashedPasswordFile`. */
export type CredentialOption =
  | "password"
  | "hashedPassword"
  | "hashedPasswordFile"
  | "initialPassword"
  | "initialHashedPassword";

export interface Credential {
  readonly option: CredentialOption;
  readonly definition: Definition;
  /** What it may come to; never null. */
  readonly values: readonly Value[];
  /** False when it stands under a condition that may not hold. */
  readonly isCertain: boolean;
}

/**
 * A user of a configuration: `users.users.<name>`, `users.extraUsers.<name>`, or an option that is set to be one. `user.<option>` counts
 * too, as that is what flakes with an option for the one user of all their machines call it.
 */
export interface User {
  /** The source text (`${username}`) when it is not known. */
  readonly name: string;
  readonly isNameKnown: boolean;
  /** For messages: its name, or `this user`. */
  readonly label: string;
  /** root, or a member of wheel. */
  readonly isPrivileged: boolean;
  readonly credentials: readonly Credential[];
  /** Whether an SSH key is set for it. */
  readonly hasKey: Truth;
}

const optionNames: Readonly<Record<string, CredentialOption>> = {
  password: "password",
  hashedPassword: "hashedPassword",
  hashedPasswordFile: "hashedPasswordFile",
  passwordFile: "hashedPasswordFile",
  initialPassword: "initialPassword",
  initialHashedPassword: "initialHashedPassword",
};

const usersByConfiguration = new WeakMap<Configuration, readonly User[]>();

/** The users a configuration says anything about. */
export function usersOf(configuration: Configuration): readonly User[] {
  const known = usersByConfiguration.get(configuration);
  if (known) return known;
  const byName = new Map<string, { isNameKnown: boolean; definitions: Definition[] }>();
  for (const definition of userDefinitions(configuration)) {
    const { name, isNameKnown } = nameOf(configuration, definition);
    const user = byName.get(name) ?? { isNameKnown, definitions: [] };
    user.definitions.push(definition);
    byName.set(name, user);
  }
  const users = [...byName].map(
    ([name, { isNameKnown, definitions }]): User => ({
      name,
      isNameKnown,
      label: isNameKnown ? name : "this user",
      isPrivileged: name === "root" || isInWheel(configuration, name, definitions),
      credentials: credentialsOf(configuration, definitions),
      hasKey: hasKey(configuration, definitions),
    }),
  );
  usersByConfiguration.set(configuration, users);
  return users;
}

/**
 * What a plain-text credential comes to beside the others of its user: `ignored` when another one always wins, `fallback` when it
 * counts only while the password file is missing (nixpkgs nixos/modules/config/update-users-groups.pl).
 */
export function effectOf(user: User, { option }: Credential): "effective" | "fallback" | "ignored" {
  const stronger = (other: CredentialOption): Credential | undefined =>
    user.credentials.find((credential) => credential.option === other);
  const file = stronger("hashedPasswordFile");
  if (option === "password") return !file ? "effective" : file.isCertain ? "ignored" : "fallback";
  if (stronger("hashedPassword")?.isCertain || stronger("password")?.isCertain) return "ignored";
  return file ? "fallback" : "effective";
}

/** Whether somebody who can administer the machine gets in without what definitions set: with a key, or another password. */
export function hasAnotherWayIn(configuration: Configuration, without: readonly Definition[]): boolean {
  return usersOf(configuration.widest).some(
    (user) =>
      user.isPrivileged &&
      (user.hasKey !== "no" ||
        user.credentials.some((credential) => credential.isCertain && !without.includes(credential.definition))),
  );
}

/** Whether activation sets passwords, and not a service that can wait for mounts (userborn, systemd-sysusers). */
export function areUsersMadeByActivation(configuration: Configuration): boolean {
  return ["services.userborn.enable", "systemd.sysusers.enable"].every((option) => {
    const { state } = configuration.flag(option);
    return state === "no" || state === "unset";
  });
}

/** Whether users are exactly what the configuration says (`users.mutableUsers = false`), so that `passwd` changes nothing. */
export function areUsersImmutable(configuration: Configuration): boolean {
  if (configuration.host !== undefined) return configuration.flag("users.mutableUsers").state === "no";
  const { widest } = configuration;
  const values = widest.definitions("users.mutableUsers").flatMap(({ value }) => widest.values(value));
  return values.length > 0 && values.every((value) => value.kind === "boolean" && !value.value);
}

function userDefinitions(configuration: Configuration): readonly Definition[] {
  const users = ["users.users.*", "users.extraUsers.*"].flatMap((pattern) => configuration.definitionsBelow(pattern));
  const carried = new Set(users.map(({ name }) => `${name.file}:${name.start}`));
  const alias = configuration
    .definitions("user.*")
    .filter(({ name }) => !carried.has(`${name.file}:${name.start}`))
    .map((definition) => ({ ...definition, path: ["users", "users", "${user.name}", definition.path[1] ?? ""] }));
  return [...users, ...alias];
}

function nameOf(configuration: Configuration, definition: Definition): Pick<User, "name" | "isNameKnown"> {
  const written = definition.path[2] ?? "";
  const computed = definition.computedNames.get(2);
  if (!computed) return { name: written, isNameKnown: !written.includes("${") };
  const [value, ...others] = configuration.values(computed);
  return value?.kind === "string" && others.length === 0
    ? { name: value.text, isNameKnown: true }
    : { name: written, isNameKnown: false };
}

function hasKey(configuration: Configuration, definitions: readonly Definition[]): Truth {
  const items = definitions
    .filter(({ path }) => path[3] === "openssh" && path[4] === "authorizedKeys")
    .flatMap((definition) => configuration.items(definition.value, definition))
    .map(({ spread, guards, definition }) => ({
      spread,
      holds: configuration.holds([...(definition?.guards ?? []), ...guards]),
    }))
    .filter(({ holds }) => holds !== "no");
  if (items.some(({ spread, holds }) => !spread && holds === "yes")) return "yes";
  return items.length > 0 ? "maybe" : "no";
}

function isInWheel(configuration: Configuration, name: string, definitions: readonly Definition[]): boolean {
  const groups = definitions.filter(({ path }) => path.length === 4 && path[3] === "extraGroups");
  const members = configuration.definitions("users.groups.wheel.members");
  return (
    groups.some((definition) => listHolds(configuration, definition, "wheel")) ||
    members.some((definition) => listHolds(configuration, definition, name))
  );
}

function listHolds(configuration: Configuration, definition: Definition, wanted: string): boolean {
  return configuration
    .items(definition.value, definition)
    .flatMap((item) => configuration.values(item.value))
    .some((value) => value.kind === "string" && value.text === wanted);
}

function credentialsOf(configuration: Configuration, definitions: readonly Definition[]): Credential[] {
  const found = definitions.flatMap((definition) => {
    const option = definition.path.length === 4 ? optionNames[definition.path[3] ?? ""] : undefined;
    return option ? [{ option, definition }] : [];
  });
  return found
    .filter(({ option, definition }) => !isOverridden(configuration, option, definition, found))
    .map(
      ({ option, definition }): Credential => ({
        option,
        definition,
        values: configuration.values(definition.value).filter((value) => value.kind !== "null"),
        isCertain: configuration.holds(definition.guards) === "yes",
      }),
    )
    .filter(({ values }) => values.length > 0);
}

/** Whether another definition of the same option certainly takes precedence, such as `lib.mkForce null`. */
function isOverridden(
  configuration: Configuration,
  option: CredentialOption,
  definition: Definition,
  all: readonly { readonly option: CredentialOption; readonly definition: Definition }[],
): boolean {
  if (configuration.host === undefined) return false;
  return all.some(
    (other) =>
      other.option === option &&
      other.definition.priority < definition.priority &&
      configuration.holds(other.definition.guards) === "yes",
  );
}

/** Where a credential says something: at the text itself when it is written in the definition, else at the value of the definition. */
export function literalPlace({ binding, name }: Definition, at: Place): Place {
  if (!binding) return at;
  const { start, end } = binding.value;
  return at.file === name.file && at.start >= start && at.end <= end ? at : { file: name.file, start, end };
}
