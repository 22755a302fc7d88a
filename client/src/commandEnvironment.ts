import { delimiter, dirname } from "node:path";
import { memoryVariable, programVariable } from "../../core/src/nix/nixVariables.ts";

/** Settings that name programs; empty when they are looked for in PATH. */
export interface ProgramSettings {
  readonly nix: string;
  /** MB of memory that an evaluation may use; 0 for no limit. */
  readonly nixMemoryMB: number;
  readonly nixosAnywhere: string;
}

/**
 * The environment in which `nixos-vps` runs. Programs that are named are found by what it starts, too: nixos-anywhere calls `nix`.
 */
export function commandEnvironment(
  { nix, nixMemoryMB, nixosAnywhere }: ProgramSettings,
  inherited: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const path = [...(nix === "" ? [] : [dirname(nix)]), ...(inherited["PATH"] ? [inherited["PATH"]] : [])];
  return {
    ...inherited,
    PATH: path.join(delimiter),
    ...(nix === "" ? {} : { [programVariable]: nix }),
    [memoryVariable]: String(nixMemoryMB),
    ...(nixosAnywhere === "" ? {} : { NIXOS_VPS_NIXOS_ANYWHERE: nixosAnywhere }),
    // VS Code's own program runs as Node.
    ELECTRON_RUN_AS_NODE: "1",
  };
}
