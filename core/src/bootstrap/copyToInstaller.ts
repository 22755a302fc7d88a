import { NixFailed, runNix } from "../nix/runNix.ts";
import { messageOfRecord } from "../nix/structuredLog.ts";
import { connectionLostBy } from "./diagnose.ts";
import { installerBootId } from "./installerBootId.ts";
import { NeverAnswered } from "./machine.ts";
import { runEnvironment } from "./runEnvironment.ts";
import { type StepContext, StepFailed } from "./step.ts";

export interface CopyOptions {
  /** Where the store is that is copied to: the installer's own, which is in memory, or the one below a directory. */
  readonly root?: string | undefined;
  /** Of one attempt. */
  readonly timeoutMs: number;
  readonly onLine: (line: string) => void;
  readonly structured?: boolean | undefined;
  /** Called before each attempt; resolves to how many paths are left to copy. */
  readonly onAttempt?: (() => Promise<number>) | undefined;
}

/** Attempts in a row that bring nothing before it is given up. */
const mostFruitless = 3;
const reconnectMs = 3 * 60_000;
const mostLines = 1000;

/**
 * Copies a closure to the installer; paths that it has are left out, so a copy that was cut short goes on where it was. When the
 * connection is lost it does so by itself, as long as the same installer comes back and each attempt brings something.
 */
export async function copyToInstaller(context: StepContext, path: string, options: CopyOptions): Promise<void> {
  let fruitless = 0;
  let before: number | undefined;
  for (;;) {
    const left = await options.onAttempt?.();
    if (left !== undefined && before !== undefined && left < before) fruitless = 0;
    before = left;
    const lines: string[] = [];
    try {
      await copyOnce(context, path, {
        ...options,
        onLine(line) {
          const message = line.startsWith("@nix ") ? messageOfRecord(line) : line;
          if (message !== undefined) lines.push(...message.split("\n"));
          // The reason stands at the end.
          if (lines.length > mostLines) lines.splice(0, mostLines / 2);
          options.onLine(line);
        },
      });
      return;
    } catch (error) {
      const lost = error instanceof NixFailed && error.reason === "failed" ? connectionLostBy(lines) : undefined;
      fruitless++;
      if (lost === undefined || fruitless >= mostFruitless) throw error;
      context.log(`The connection was lost while copying (${lost}).`, "warning");
      await reconnect(context, lost);
    }
  }
}

async function copyOnce(
  { machine, signal, directory, request, onStarted }: StepContext,
  path: string,
  { root, timeoutMs, onLine, structured = false }: CopyOptions,
): Promise<void> {
  const { host, port } = machine.addressOf("installer");
  const address = host.includes(":") ? `[${host}]` : host;
  const store = root === undefined ? "" : `remote-store=local%3Froot=${encodeURIComponent(root)}&`;
  const destination = `ssh://root@${address}?${store}compress=true`;
  // Verbose: the structured log counts bytes only then, and the plain one names paths.
  const log = structured ? ["--log-format", "internal-json", "-v"] : [];
  await runNix(["copy", ...log, "--to", destination, "--substitute-on-destination", "--no-check-sigs", path], {
    timeoutMs,
    signal,
    env: { ...runEnvironment(directory, request), NIX_SSHOPTS: `-p ${port}` },
    onLine,
    onStarted,
  });
}

// The receiving side of a connection that is gone may wait for ever, and holds locks on the paths it was given (NixOS/nix#2699).
const endReceiversScript = `
receivers() {
  for process in /proc/[0-9]*; do
    set -- $(tr '\\0' ' ' < "$process/cmdline" 2>/dev/null)
    if [ "\${1##*/}" = nix-store ] && [ "\${2:-}" = --serve ]; then echo "\${process##*/}"; fi
  done
}
for signal in TERM KILL; do
  left=$(receivers)
  [ -n "$left" ] || break
  kill -$signal $left
  i=0; while [ -n "$(receivers)" ] && [ $i -lt 10 ]; do sleep 0.5; i=$((i + 1)); done
done
true
`;

/** Waits for the installer, and ends what the lost connection has left there. Throws `StepFailed` when it does not come back. */
async function reconnect({ machine, notes, signal, log, progress }: StepContext, evidence: string): Promise<void> {
  progress({ text: "The connection was lost; waiting for the installer" });
  try {
    await machine.waitFor({
      stage: "installer",
      timeoutMs: reconnectMs,
      signal,
      isExpected: async (remote) => (await installerBootId(remote, signal)) === notes.installerBootId,
    });
  } catch (error) {
    if (!(error instanceof NeverAnswered)) throw error;
    const why = error.seen === "another-system" ? "The machine was restarted meanwhile." : error.message;
    throw new StepFailed(`The connection was lost while copying. ${why}`, { failure: "copy-broken", evidence });
  }
  await machine.sh("installer", endReceiversScript, { timeoutMs: 60_000, signal });
  log("The installer answers again; what arrived whole is not copied again.");
}
