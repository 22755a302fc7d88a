/** A flake with hosts; each value lists the modules of the host: `{ vps: ["./vps.nix"] }`. */
export function flakeWith(hosts: Readonly<Record<string, readonly string[]>>): string {
  const configurations = Object.entries(hosts).map(
    ([name, modules]) => `    nixosConfigurations.${name} = nixpkgs.lib.nixosSystem {
      system = "x86_64-linux";
      modules = [ impermanence.nixosModules.impermanence ${modules.join(" ")} ];
    };
`,
  );
  return `{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.impermanence.url = "github:nix-community/impermanence";
  outputs = { nixpkgs, impermanence, ... }: {
${configurations.join("")}  };
}
`;
}

/** A module that persists directories, one on each line from line 3 on, beside what has to be persisted on any machine. */
export function persists(...directories: readonly string[]): string {
  return `{
  environment.persistence."/persist".directories = [ "/var/lib/nixos"
${directories.map((directory) => `    "${directory}"\n`).join("")}  ];
  environment.persistence."/persist".files = [ "/etc/machine-id" ];
}
`;
}

/** What `persists("/etc/ssh")` gives: an error. */
export const shadowRule = "persist-dir-shadows-etc";

/** What `warns` gives: a warning without a fix. */
export const warningRule = "unknown-suppression";

/** A module with a warning on each of its first lines. */
export function warns(times = 1): string {
  return `${"# nixos-vps: ignore no-such-rule\n".repeat(times)}{ }\n`;
}

/** What `stale` gives: a warning with a safe fix, which removes the comment. */
export const fixableRule = "unused-suppression";

/** A module, after each of whose directories a comment silences nothing. */
export function stale(...directories: readonly string[]): string {
  return persists(...directories).replaceAll(/^ {4}".*"$/gm, `$& # nixos-vps: ignore ${shadowRule}`);
}

/** One host, one error on line 4 of persistence.nix, nothing else. */
export const sshFlake = {
  "flake.nix": flakeWith({ vps: ["./persistence.nix"] }),
  "persistence.nix": persists("/var/lib", "/etc/ssh"),
};

export const cleanFlake = {
  "flake.nix": flakeWith({ vps: ["./persistence.nix"] }),
  "persistence.nix": persists("/var/lib"),
};

/** One host, one fixable warning on line 4 of persistence.nix, nothing else. */
export const staleFlake = {
  "flake.nix": flakeWith({ vps: ["./persistence.nix"] }),
  "persistence.nix": persists("/var/lib", "/srv").replace('"/srv"', `"/srv" # nixos-vps: ignore ${shadowRule}`),
};
