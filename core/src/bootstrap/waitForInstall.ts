import type { StepContext } from "./step.ts";

const limitMs = 30 * 60_000;

// A script is shown with its shell in front of it.
const script = `
is_installing() {
  for process in /proc/[0-9]*; do
    set -- $(tr '\\0' ' ' < "$process/cmdline" 2>/dev/null)
    for word in "$1" "$2" "$3"; do if [ "\${word##*/}" = nixos-install ]; then return 0; fi; done
  done
  return 1
}
is_installing || exit 0
echo "nixos-install is still at work from before; waiting for its end."
while is_installing; do sleep 0.5; done
`;

/**
 * Waits until no nixos-install is at work in the installer: one that was begun before the run was cancelled or cut off goes on by
 * itself, boot loader included, because sshd ends no command whose connection goes.
 */
export async function waitForInstall({
  machine,
  signal,
  log,
}: Pick<StepContext, "machine" | "signal" | "log">): Promise<void> {
  await machine.sh("installer", script, { timeoutMs: limitMs, signal, onLine: (line) => log(line) });
}
