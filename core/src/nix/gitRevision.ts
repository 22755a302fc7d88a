import { ProcessFailed, runProcess } from "../process/runProcess.ts";
import type { HostReference } from "./flakeReference.ts";

/**
 * A commit that a partial clone lacks is not fetched: that would run what the repository names as its ssh. GIT_NO_LAZY_FETCH came
 * with git 2.45; older ones are kept from it by having no protocol.
 */
const localOnly = { GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "none", GIT_TERMINAL_PROMPT: "0" };

/**
 * A host at a commit of the repository its flake is in, as a reference that Nix takes; undefined when the directory is in no
 * repository or that names no commit of it.
 */
export async function hostAtRevision(
  { directory, host }: HostReference,
  revision: string,
  signal?: AbortSignal,
): Promise<HostReference | undefined> {
  if (directory === undefined || revision.startsWith("-")) return undefined;
  const git = async (...args: string[]): Promise<string | undefined> => {
    try {
      const result = await runProcess(["git", "-C", directory, ...args], { timeoutMs: 20_000, signal, env: localOnly });
      return result.exitCode === 0 ? result.stdout.trim() : undefined;
    } catch (error) {
      if (error instanceof ProcessFailed) return undefined;
      throw error;
    }
  };
  const commit = await git("rev-parse", "--verify", "--quiet", `${revision}^{commit}`);
  const top = await git("rev-parse", "--show-toplevel");
  const prefix = await git("rev-parse", "--show-prefix");
  if (commit === undefined || top === undefined || prefix === undefined) return undefined;
  const subdirectory = prefix.replace(/\/$/, "");
  const query = `rev=${commit}${subdirectory === "" ? "" : `&dir=${encodeURIComponent(subdirectory)}`}`;
  return { flake: `git+file://${encodeURI(top)}?${query}`, directory: undefined, host };
}
