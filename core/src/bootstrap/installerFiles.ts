import { shellQuote } from "./shellQuote.ts";
import { type StepContext, StepFailed } from "./step.ts";

/** Where the run keeps its files in the installer; in memory, gone with the installer. */
const installerDirectory = "/run/nixos-vps";
export const patchedScriptPath = `${installerDirectory}/disko`;

/** Writes a file on the installer that root alone can read; the content goes over standard input. */
export async function uploadFile(
  { machine, signal }: StepContext,
  path: string,
  content: string | Buffer,
): Promise<void> {
  const directory = path.slice(0, path.lastIndexOf("/")) || "/";
  const script = `umask 077; mkdir -p ${shellQuote(directory)} && cat > ${shellQuote(path)}`;
  const { exitCode, stderr } = await machine.sh("installer", script, { timeoutMs: 60_000, signal, stdin: content });
  if (exitCode !== 0) throw new StepFailed(`${path} could not be written on the installer: ${stderr.trim()}`);
}

/** The SHA-256 of a file on the installer; undefined when it is not there. */
export async function checksumOf({ machine, signal }: StepContext, path: string): Promise<string | undefined> {
  const { stdout, exitCode } = await machine.sh("installer", `sha256sum < ${shellQuote(path)}`, {
    timeoutMs: 60_000,
    signal,
  });
  return exitCode === 0 ? stdout.trim().split(/\s/)[0] : undefined;
}
