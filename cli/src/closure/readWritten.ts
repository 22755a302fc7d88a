import { join } from "node:path";
import type { HostReference } from "../../../core/src/nix/flakeReference.ts";
import { createFlakeProject } from "../../../core/src/project/createFlakeProject.ts";
import type { WrittenAddition } from "../../../core/src/project/writtenAdditions.ts";
import { createNixParser } from "../../../core/src/syntax/nixParser.ts";
import type { Terminal } from "../terminal.ts";

/** Where the modules of a host name what they add; empty for a flake that is not on this computer. */
export async function readWritten(
  { directory, host }: HostReference,
  { bundleDirectory }: Pick<Terminal, "bundleDirectory">,
  signal: AbortSignal,
): Promise<readonly WrittenAddition[]> {
  if (directory === undefined) return [];
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
    return project.writtenAdditions(host);
  } finally {
    project.dispose();
  }
}
