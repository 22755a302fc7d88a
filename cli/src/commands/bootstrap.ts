import { resolveSshTarget, SshConfigurationError } from "../../../core/src/bootstrap/openSsh.ts";
import { planBootstrap } from "../../../core/src/bootstrap/plan.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import type { TargetFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import { bootstrapCommand } from "../bootstrap/bootstrapCommand.ts";
import { type BootstrapOptions, readBootstrapOptions } from "../bootstrap/bootstrapOptions.ts";
import { formatPlan } from "../bootstrap/formatPlan.ts";
import { inspectBuildHostOnce } from "../bootstrap/inspectBuildHostOnce.ts";
import { inspectOnce } from "../bootstrap/inspectOnce.ts";
import { readFlakeFacts, withClosureSize } from "../bootstrap/readFlakeFacts.ts";
import { requireBuildHost } from "../bootstrap/requireBuildHost.ts";
import { resumeRun } from "../bootstrap/resumeRun.ts";
import { findNixosAnywhere, startRun } from "../bootstrap/startRun.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Command } from "../command.ts";
import { exitCodes } from "../exitCodes.ts";
import type { Terminal } from "../terminal.ts";

export const bootstrap: Command = {
  ...bootstrapCommand,
  async run(argv, terminal) {
    const options = readBootstrapOptions(argv, terminal.directory);
    switch (options.action) {
      case "plan":
        return plan(options, terminal);
      case "resume":
        return resumeRun(options, terminal);
      case "run": {
        const request: BootstrapRequest = { ...options.request, nixosAnywhere: findNixosAnywhere(terminal) };
        await checkDestination(request);
        const flake = await readFlakeFacts(request.reference, terminal, { evaluate: true });
        return startRun(request, flake, options.mode, terminal);
      }
    }
  },
};

async function plan(
  { request, format, facts }: Extract<BootstrapOptions, { action: "plan" }>,
  terminal: Terminal,
): Promise<number> {
  await requireBuildHost(request);
  const read = await readFlakeFacts(request.reference, terminal, { evaluate: facts === undefined });
  const target = facts ?? (await inspect(request, format, terminal));
  const flake = facts === undefined ? await withClosureSize(read, request.reference, terminal) : read;
  const buildHostFindings = await inspectBuildHostOnce(request, terminal);
  const planned = planBootstrap(request.target, target, flake, request, buildHostFindings);
  terminal.print(
    format === "json" ? `${JSON.stringify(planned, undefined, 2)}\n` : formatPlan(planned, terminal.colours),
  );
  return planned.verdict === "blocked" ? exitCodes.cannotRun : exitCodes.clean;
}

/** Looks at the target; programs are told what they can do when that fails. */
async function inspect(
  request: Omit<BootstrapRequest, "nixosAnywhere">,
  format: "text" | "json",
  terminal: Terminal,
): Promise<TargetFacts> {
  try {
    return await inspectOnce(request, terminal);
  } catch (error) {
    if (format === "json" && error instanceof CannotRun && error.problem)
      terminal.print(`${JSON.stringify({ version: 1, problem: error.problem }, undefined, 2)}\n`);
    throw error;
  }
}

/** A mistyped target is said before anything is evaluated. */
async function checkDestination(request: BootstrapRequest): Promise<void> {
  const { target, port, sshConfig } = request;
  try {
    await resolveSshTarget(target, { port, configFile: sshConfig });
  } catch (error) {
    if (error instanceof SshConfigurationError) throw new CannotRun(error.message);
    throw error;
  }
  await requireBuildHost(request);
}
