/** The variable that names the program, which the setting `nixosVps.nix.path` becomes. */
export const programVariable = "NIXOS_VPS_NIX";

/** The variable with the memory that evaluations may use, which the setting `nixosVps.nix.maxMemoryMB` becomes. */
export const memoryVariable = "NIXOS_VPS_NIX_MEMORY_MB";
