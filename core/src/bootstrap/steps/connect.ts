import { type HostKey, hostKeyFromBlob, isSameKey } from "../hostKeys.ts";
import { pinKeys, pinnedKeys } from "../pinnedKeys.ts";
import { ConnectionFailed } from "../remote.ts";
import { loadRunKey } from "../runKey.ts";
import { shellCommand, shellQuote } from "../shellQuote.ts";
import { type Step, StepFailed } from "../step.ts";
import { stepTitles } from "../stepId.ts";

const addKeyScript = (publicKey: string): string => `
set -eu
umask 077
mkdir -p "$HOME/.ssh"
file=$HOME/.ssh/authorized_keys
touch "$file"
key=${shellQuote(publicKey)}
grep -qxF "$key" "$file" || {
  # A last line without an end would swallow the key.
  [ -z "$(tail -c 1 "$file")" ] || echo >> "$file"
  printf '%s\\n' "$key" >> "$file"
}
for file in /etc/ssh/ssh_host_*_key.pub; do [ -r "$file" ] && cat "$file"; done; :
`;

/**
 * Puts a key made for this run on the target, so that no password and no agent is needed any more, and pins all of its host keys:
 * they are read over a connection that is trusted already, and the installer answers with one of them.
 */
export const connectStep: Step = {
  id: "connect",
  title: stepTitles.connect,
  timeoutMs: 120_000,
  isDone: async ({ notes }) => (notes.installerBootId ? "the run's key is in the installer" : undefined),
  async run({ machine, directory, signal, note }) {
    const key = await loadRunKey(directory.privateKey, directory.id, signal);
    const remote = await machine.connection("old", signal);
    const { stdout, stderr, exitCode } = await remote.run(shellCommand(["sh", "-c", addKeyScript(key.publicKey)]), {
      timeoutMs: 30_000,
      signal,
    });
    if (exitCode !== 0)
      throw new StepFailed("The run's key could not be added to ~/.ssh/authorized_keys.", { evidence: stderr.trim() });
    pinKeys(directory, withoutDoubles([...pinnedKeys(directory), ...parsePublicKeys(stdout)]));
    note({ isKeyInstalled: true });
    // From here on the key has to do; the next connection is made with it.
    remote.close();
    await remote.closed;
    return "the target's host keys are pinned";
  },
  async verify({ machine, signal }) {
    try {
      await machine.connection("old", signal);
    } catch (error) {
      if (!(error instanceof ConnectionFailed) || error.reason !== "authentication") throw error;
      throw new StepFailed(
        "The run's key is in ~/.ssh/authorized_keys, and the target's sshd does not accept it: look at PubkeyAuthentication and AuthorizedKeysFile in its sshd_config.",
        { failure: "login-refused" },
      );
    }
  },
};

function parsePublicKeys(text: string): HostKey[] {
  return text.split("\n").flatMap((line) => {
    const [type, base64 = ""] = line.trim().split(/\s+/);
    const key = hostKeyFromBlob(Buffer.from(base64, "base64"));
    // What a login prints by itself is no key.
    return key.type !== "" && key.type === type ? [key] : [];
  });
}

function withoutDoubles(keys: readonly HostKey[]): HostKey[] {
  return keys.filter((key, index) => !isSameKey(key, keys.slice(0, index)));
}
