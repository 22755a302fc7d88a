import { statSync } from "node:fs";
import { join } from "node:path";
import type { FlakeFacts } from "../../../core/src/bootstrap/flakeFacts.ts";
import { closureSizes, totalBytes } from "../../../core/src/nix/closureSize.ts";
import { evalInstallation } from "../../../core/src/nix/evalInstallation.ts";
import { evalToplevel } from "../../../core/src/nix/evalToplevel.ts";
import type { HostReference } from "../../../core/src/nix/flakeReference.ts";
import { NixFailed, nixVersion } from "../../../core/src/nix/runNix.ts";
import type { FlakeProject } from "../../../core/src/project/flakeProject.ts";
import { createNixParser } from "../../../core/src/syntax/nixParser.ts";
import { CannotRun } from "../cannotRun.ts";
import { describeFindings } from "../check/describeFindings.ts";
import { openFlake } from "../check/openFlake.ts";
import type { Terminal } from "../terminal.ts";
import { unknownHost } from "../unknownHost.ts";

const evaluationTimeoutMs = 10 * 60_000;

/**
 * What the flake says of a host: its modules are read first; what they leave open is asked of Nix, when `evaluate` is set.
 * Throws `CannotRun` when there is no such flake or host.
 */
export async function readFlakeFacts(
  reference: HostReference,
  terminal: Terminal,
  { evaluate, signal }: ReadOptions,
): Promise<FlakeFacts> {
  const read = await readModules(reference, terminal);
  const isKnown = read.disks !== "unknown" && read.bootMode !== "unknown";
  if (!evaluate || (read.isThere && isKnown)) return read.facts;
  terminal.progress(`evaluating ${reference.host}`);
  try {
    const { disks, bootMode } = await evalInstallation(reference, { timeoutMs: evaluationTimeoutMs, signal });
    return { ...read.facts, disks: disks ?? read.disks, bootMode: bootMode ?? read.bootMode };
  } catch (error) {
    throw error instanceof NixFailed ? new CannotRun(error.message) : error;
  } finally {
    terminal.progress("");
  }
}

interface ReadOptions {
  readonly evaluate: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Facts with the size of the host's closure, which is known when it is built already; nothing is built for it. */
export async function withClosureSize(
  facts: FlakeFacts,
  reference: HostReference,
  terminal: Terminal,
): Promise<FlakeFacts> {
  const controller = new AbortController();
  terminal.onInterrupt(() => controller.abort(new CannotRun("interrupted")));
  terminal.progress(`looking for the closure of ${reference.host}`);
  try {
    const { signal } = controller;
    const options = { timeoutMs: evaluationTimeoutMs, signal };
    const version = await nixVersion(signal);
    const sizes = await closureSizes(await evalToplevel(reference, options), version, options);
    return { ...facts, closureBytes: totalBytes(sizes) };
  } catch (error) {
    if (error instanceof NixFailed) return facts;
    throw error;
  } finally {
    terminal.progress("");
  }
}

interface ReadModules extends Pick<FlakeFacts, "disks" | "bootMode"> {
  readonly facts: FlakeFacts;
  /** Whether the host was found without evaluating. */
  readonly isThere: boolean;
}

async function readModules({ directory, host }: HostReference, terminal: Terminal): Promise<ReadModules> {
  const nothing: FlakeFacts = { host, disks: "unknown", bootMode: "unknown", closureBytes: "unknown", findings: [] };
  if (directory === undefined) return { ...nothing, facts: nothing, isThere: false };
  if (!statSync(join(directory, "flake.nix"), { throwIfNoEntry: false }))
    throw new CannotRun(`${directory} has no flake.nix`);
  const parser = await createNixParser({
    runtime: join(terminal.bundleDirectory, "web-tree-sitter.wasm"),
    grammar: join(terminal.bundleDirectory, "tree-sitter-nix.wasm"),
  });
  const { project } = await openFlake(
    { root: directory, alone: false, selected: [directory], nested: [], files: [], buffers: new Map() },
    {
      parser,
      settings: { rules: {}, persistenceOptions: [], headlessHosts: [] },
      onRuleFailure: ({ rule, error }) => terminal.warn(`the rule ${rule} failed: ${error}; the other rules went on`),
      onProgress: (done, total) => terminal.progress(`reading ${directory}: ${done} of ${total} files`),
      onSkipped: () => undefined,
    },
  );
  terminal.progress("");
  try {
    const installation = project.installation(host);
    const known = project.hosts().map(({ name }) => name);
    if (!installation && known.length > 0) throw unknownHost(host, known);
    const facts: FlakeFacts = {
      host,
      disks: installation?.disks ?? "unknown",
      bootMode: installation?.bootMode ?? "unknown",
      closureBytes: "unknown",
      findings: findingsOf(project, host),
    };
    return { disks: facts.disks, bootMode: facts.bootMode, facts, isThere: installation !== undefined };
  } finally {
    project.dispose();
  }
}

function findingsOf(project: FlakeProject, host: string): FlakeFacts["findings"] {
  return project
    .files()
    .flatMap((path) => describeFindings(project, path, project.root))
    .filter(({ reported }) => reported.hosts.includes(host))
    .map(({ reported: { rule, severity, message, file, line } }) => ({ rule, severity, message, file, line }));
}
