import { relative } from "node:path";
import type { RuleSettings } from "../../../core/src/rules/ruleSettings.ts";
import { checkSources, type MarkedSources } from "../markedSources.ts";

/** What a rule reports, as the texts it points at, each behind its severity; in order. */
export async function reportedTexts(
  rule: string,
  sources: MarkedSources,
  settings: Partial<RuleSettings> = {},
): Promise<string[]> {
  const { findings, files, root } = await checkSources(sources, settings);
  return findings
    .filter((finding) => finding.rule === rule)
    .map(({ file, start, end, severity }) => `${severity} ${files[relative(root, file)]?.slice(start, end)}`);
}

/** A flake with one host of which all modules are known. */
export function hostOf(module: string, lock = ""): MarkedSources {
  return `
--@ flake.nix
{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.vps = nixpkgs.lib.nixosSystem { modules = [ ./module.nix ]; };
  };
}
${lock && `--@ flake.lock\n${lock}\n`}--@ module.nix
${module}`;
}
