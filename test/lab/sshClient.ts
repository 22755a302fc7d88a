import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const askpassProgram = fileURLToPath(new URL("askpass", import.meta.url));

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly keyFile: string;
  readonly knownHostsFile: string;
  /** Where the key is not known. */
  readonly password?: string;
}

export interface SshResult {
  /** ssh's own is 255; otherwise the command's. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options with which OpenSSH's programs reach the target and no other machine that answers in its place. */
export function sshOptions({ port, keyFile, knownHostsFile, password }: SshTarget): string[] {
  const options = [
    ...[`Port=${port}`, `IdentityFile=${keyFile}`, "IdentitiesOnly=yes", "LogLevel=ERROR"],
    ...[`UserKnownHostsFile=${knownHostsFile}`, "StrictHostKeyChecking=yes", "ConnectTimeout=10"],
    ...["ServerAliveInterval=5", "ServerAliveCountMax=6"],
    ...(password === undefined ? ["BatchMode=yes"] : ["NumberOfPasswordPrompts=1"]),
  ];
  return ["-F", "none", ...options.flatMap((option) => ["-o", option])];
}

const limitMs = 10 * 60_000;

/** Runs a line of shell on the target, for ten minutes at most; rejects only when ssh cannot be started. */
export async function ssh(target: SshTarget, command: string, input = ""): Promise<SshResult> {
  const args = [...sshOptions(target), "-T", `${target.user}@${target.host}`, "--", command];
  const result = await execa("ssh", args, { input, reject: false, timeout: limitMs, env: askpassEnvironment(target) });
  if (result.cause !== undefined && !result.timedOut) throw result;
  return { exitCode: result.exitCode ?? 255, stdout: result.stdout, stderr: result.stderr };
}

/** ssh takes a password from a terminal, or from a program that prints it. */
function askpassEnvironment({ password }: SshTarget): Record<string, string> {
  if (password === undefined) return {};
  return { SSH_ASKPASS: askpassProgram, SSH_ASKPASS_REQUIRE: "force", NIXOS_VPS_LAB_PASSWORD: password };
}

/** Whether an ssh server introduces itself; costs the machine less than a login. */
export function sshAnswers(host: string, port: number, timeoutMs = 2_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const answer = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(timeoutMs, () => answer(false));
    socket.once("data", (data) => answer(data.toString("latin1").startsWith("SSH-2.0-")));
    socket.once("close", () => answer(false));
    socket.once("error", () => answer(false));
  });
}
