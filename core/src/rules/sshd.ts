import type { Configuration, Truth } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import type { Place } from "../syntax/place.ts";
import { textOf } from "./textOf.ts";

/** Whether sshd runs; `maybe` when no module of the flake says so but a module from elsewhere may. */
export function isSshdOn(configuration: Configuration): Truth {
  const { state } = configuration.flag("services.openssh.enable");
  return state === "unset" ? (configuration.complete ? "no" : "maybe") : state;
}

/** Whether sshd takes passwords: `PasswordAuthentication` is on unless it is switched off (nixpkgs services/networking/ssh/sshd.nix). */
export function takesPasswords(configuration: Configuration): Truth {
  const states = ["services.openssh.settings.PasswordAuthentication", "services.openssh.passwordAuthentication"]
    .map((path) => configuration.flag(path).state)
    .filter((state) => state !== "unset");
  const [said] = states;
  if (said === "no" || said === "maybe") return said;
  const methods = configuration.definitions("services.openssh.settings.AuthenticationMethods");
  if (methods.length > 0 || refusesPasswordsInText(configuration)) return "maybe";
  // srvos switches passwords off (nixos/common/openssh.nix).
  return said === undefined && configuration.external.some((name) => /\bsrvos\b/.test(name)) ? "maybe" : "yes";
}

/** `Match` blocks, which may make an exception for a user, can only be written as text. */
function refusesPasswordsInText(configuration: Configuration): boolean {
  return configuration
    .definitions("services.openssh.extraConfig")
    .flatMap(({ value }) => configuration.values(value))
    .map((value) =>
      value.kind === "text" ? value.parts.filter((part) => typeof part === "string").join("") : textOf(value),
    )
    .some((text) => text === undefined || /PasswordAuthentication\s+no/i.test(text));
}

/** A value that lets root in with a key or a password: `PermitRootLogin = "yes"`. */
export interface RootLogin {
  readonly at: Place;
  readonly definition: Definition;
}

/**
 * Where root is let in with a password. `services.openssh.extraConfig` stands behind the settings in sshd_config, and sshd takes the
 * first value of a keyword (man sshd_config), so what it says of root has no effect.
 */
export function rootLogins(configuration: Configuration): readonly RootLogin[] {
  return ["services.openssh.settings.PermitRootLogin", "services.openssh.permitRootLogin"].flatMap((option) => {
    const definitions = configuration.definitions(option);
    const strongest = Math.min(...definitions.map(({ priority }) => priority));
    return definitions
      .filter(({ priority }) => priority === strongest)
      .flatMap((definition) =>
        configuration
          .values(definition.value)
          .filter((value) => textOf(value) === "yes")
          .map(({ at }): RootLogin => ({ at, definition })),
      );
  });
}

/** Whether a user can log in over SSH with a password. */
export function sshPasswordLogin(configuration: Configuration, user: string): Truth {
  if (user === "root" && rootLogins(configuration).length === 0) return "no";
  const answers = [isSshdOn(configuration), takesPasswords(configuration)];
  return answers.includes("no") ? "no" : answers.includes("maybe") ? "maybe" : "yes";
}
