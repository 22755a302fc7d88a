// Stands in for nixos-anywhere where the real one cannot be had: the same options, phases, lines and exit codes, and the same
// commands on the target. See https://github.com/nix-community/nixos-anywhere for the real one.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aborted, parseArguments } from "./parseArguments.ts";
import { CommandFailed } from "./run.ts";
import { standIn } from "./standIn.ts";

process.stdout.write("This is a stand-in for nixos-anywhere, which belongs to the lab of NixOS VPS.\n");
const work = await mkdtemp(join(tmpdir(), "nixos-anywhere-stand-in-"));
try {
  await standIn(parseArguments(process.argv.slice(2)), work);
} catch (error) {
  if (error instanceof Aborted) {
    process.stderr.write(`aborted: ${error.message}\n`);
    process.exitCode = 1;
  } else if (error instanceof CommandFailed) process.exitCode = error.exitCode;
  else throw error;
} finally {
  await rm(work, { recursive: true, force: true });
}
