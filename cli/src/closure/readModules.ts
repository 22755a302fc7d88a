import { join } from "node:path";
import type { HostReference } from "../../../core/src/nix/flakeReference.ts";
import { createFlakeProject } from "../../../core/src/project/createFlakeProject.ts";
import type { WrittenAddition } from "../../../core/src/project/writtenAdditions.ts";
import { createNixParser } from "../../../core/src/syntax/nixParser.ts";
import type { Terminal } from "../terminal.ts";

/** What the modules of a flake say of a host without evaluation. */
export interface HostModules {
  /** Hosts of the flake; those that it computes are not among them. */
  readonly hosts: readonly string[];
  /** Where the host's modules name what they add. */
  readonly written: readonly WrittenAddition[];
}

/** Reads the modules of a host; a flake that is not on this computer says nothing. */
export async function readModules(
  { directory, host }: HostReference,
  { bundleDirectory }: Pick<Terminal, "bundleDirectory">,
  signal: AbortSignal,
): Promise<HostModules> {
  if (directory === undefined) return { hosts: [], written: [] };
  const parser = await createNixParser({
    runtime: join(bundleDirectory, "web-tree-sitter.wasm"),
    grammar: join(bundleDirectory, "tree-sitter-nix.wasm"),
  });
  const project = createFlakeProject({
    root: directory,
    parser,
    settings: { rules: {}, persistenceOptions: [], headlessHosts: [] },
    onRuleError: () => undefined,
  });
  try {
    await project.load({ signal });
    return { hosts: project.hosts().map(({ name }) => name), written: project.writtenAdditions(host) };
  } finally {
    project.dispose();
  }
}
