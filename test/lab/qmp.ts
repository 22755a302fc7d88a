import { connect } from "node:net";
import { createInterface } from "node:readline";

/** QEMU refused a command; the message is its own. */
export class QmpError extends Error {}

/**
 * Gives a running QEMU one command over its QMP socket.
 *
 * @returns what the command returned
 * @throws QmpError when QEMU refuses it; a system error when nothing listens on the socket
 * @see https://www.qemu.org/docs/master/interop/qmp-spec.html
 */
export async function qmp(socketPath: string, command: string, args: Record<string, unknown> = {}): Promise<unknown> {
  const socket = connect(socketPath);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    socket.write(`${JSON.stringify({ execute: "qmp_capabilities", id: "hello" })}\n`);
    socket.write(`${JSON.stringify({ execute: command, arguments: args, id: "command" })}\n`);
    for await (const line of createInterface({ input: socket })) {
      const answer: { id?: string; return?: unknown; error?: { desc: string } } = JSON.parse(line);
      if (answer.id !== "command") continue;
      if (answer.error) throw new QmpError(`QEMU refused ${command}: ${answer.error.desc}`);
      return answer.return;
    }
    throw new QmpError(`QEMU ended before it answered ${command}.`);
  } finally {
    socket.destroy();
  }
}

/**
 * Runs a command of QEMU's monitor for people, for what QMP lacks, such as snapshots inside of the disk image.
 *
 * @throws QmpError when the monitor prints an error
 */
export async function monitorCommand(socketPath: string, line: string): Promise<string> {
  const output = String(await qmp(socketPath, "human-monitor-command", { "command-line": line })).trim();
  if (/^Error|^Could not|does not have/m.test(output)) throw new QmpError(`${line}: ${output}`);
  return output;
}
