import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

/** Writes a directory that lives as long as the test; keys are paths below it. */
export function writeFiles(test: TestContext, files: Readonly<Record<string, string | Buffer>>): string {
  const root = mkdtempSync(join(realpathSync(tmpdir()), "nixos-vps-lsp-"));
  test.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** A flake with one host that imports the modules. */
export function flakeOf(...modules: readonly string[]): string {
  return `{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.impermanence.url = "github:nix-community/impermanence";
  outputs = { nixpkgs, impermanence, ... }: {
    nixosConfigurations.vps = nixpkgs.lib.nixosSystem {
      system = "x86_64-linux";
      modules = [ impermanence.nixosModules.impermanence ${modules.join(" ")} ];
    };
  };
}
`;
}

/** A module that persists directories. */
export function persists(...directories: readonly string[]): string {
  return `{
  environment.persistence."/persist".directories = [
${directories.map((directory) => `    "${directory}"\n`).join("")}  ];
}
`;
}

/** One host that loses its sshd. */
export const sshFlake = {
  "flake.nix": flakeOf("./persistence.nix"),
  "persistence.nix": persists("/var/lib", "/etc/ssh"),
};

/** Small modules that nothing is wrong with. */
export function manyModules(count: number): Record<string, string> {
  const modules = Array.from({ length: count }, (_, index) => [
    `modules/${index % 100}/${index}.nix`,
    `{ services.a${index}.enable = true; }\n`,
  ]);
  return Object.fromEntries(modules);
}
