import { existsSync, realpathSync } from "node:fs";
import type { Connection } from "./connection.ts";
import { Aborted, type Arguments } from "./parseArguments.ts";
import { outputOf, runOrFail } from "./run.ts";

interface Built {
  readonly disko?: string;
  readonly system?: string;
}

/** Builds, or takes from the arguments, what the phases need. */
export async function buildHere(given: Arguments): Promise<Built> {
  const { storePaths, phases, buildsRemotely, diskoAttribute } = given;
  if (storePaths !== undefined) {
    const { disko, system } = storePaths;
    if (!existsSync(disko) || !existsSync(system))
      throw new Aborted(`${disko} and ${system} must be existing store-paths`);
    return { disko: realpathSync(disko), system: realpathSync(system) };
  }
  if (buildsRemotely) return {};
  return {
    ...(phases.has("disko") ? { disko: await build(given, diskoAttribute) } : {}),
    ...(phases.has("install") ? { system: await build(given, "toplevel") } : {}),
  };
}

async function build(given: Arguments, attribute: string, more: readonly string[] = []): Promise<string> {
  const installable = `${given.configuration}.system.build.${attribute}`;
  // Unlike --print-out-paths, Nix has had --json since its first flakes.
  const output = await outputOf("nix", ["build", "--json", "--no-link", ...given.nixOptions, ...more, installable]);
  const [result]: { outputs: { out: string } }[] = JSON.parse(output);
  if (result === undefined) throw new Aborted(`${installable} has no output`);
  return result.outputs.out;
}

export async function copy(
  { nixOptions, nixCopyOptions }: Arguments,
  to: Connection,
  store: string,
  path: string,
): Promise<void> {
  const env = { NIX_SSHOPTS: to.args.join(" ") };
  await runOrFail("nix", ["copy", ...nixOptions, ...nixCopyOptions, "--to", store, path], { env });
}

/**
 * Lets the target build an output of the configuration.
 *
 * @param store what the address of the target's store has before the settings
 */
export function buildThere(given: Arguments, to: Connection, store: string, attribute: string): Promise<string> {
  const key = encodeURIComponent(to.keyFile);
  const address = `ssh-ng://${to.destination}?ssh-key=${key}&${store}${given.storeSettings}`;
  return build(given, attribute, ["--eval-store", "auto", "--store", address]);
}
