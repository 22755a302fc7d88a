import { CannotRun } from "../cannotRun.ts";
import type { ParsedOptions } from "../parseOptions.ts";

/** A port; throws `CannotRun` for what is none. */
export function portOption(options: ParsedOptions, name: string): number | undefined {
  return wholeNumberOption(options, name, 1, 65_535);
}

export function wholeNumberOption(
  options: ParsedOptions,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const text = options.value(name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most)
    throw new CannotRun(`--${name} needs a number from ${least} to ${most}, not "${text}"`);
  return number;
}

/** The fingerprint of `--host-key`; throws `CannotRun` for what is none. */
export function hostKeyOption(options: ParsedOptions): string | undefined {
  const text = options.value("host-key");
  if (text !== undefined && !/^SHA256:[A-Za-z0-9+/]{43}$/.test(text))
    throw new CannotRun(`--host-key needs a fingerprint as ssh-keygen -l prints it (SHA256:...), not "${text}"`);
  return text;
}

/** Throws `CannotRun` for what is no target of ssh, or has its port in it, which nixos-anywhere does not take. */
export function checkTarget(target: string): void {
  if (target.startsWith("-")) throw new CannotRun(`"${target}" is no target`);
  const [, login, host, port] = /^(?:ssh:\/\/)?([^@/]+@)?([^@:/]+|\[[^\]]+\]):(\d+)\/?$/.exec(target) ?? [];
  if (host !== undefined)
    throw new CannotRun(
      `write ${login ?? ""}${host.replace(/^\[|\]$/g, "")} and --port ${port} instead of "${target}"`,
    );
  if (target.startsWith("ssh://")) throw new CannotRun(`write USER@HOST and --port N instead of "${target}"`);
}
