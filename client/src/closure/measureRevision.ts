import { window, workspace } from "vscode";
import type { Baseline } from "../../../core/src/closure/explorerMessages.ts";
import { measurementStore } from "../../../core/src/closure/measuring/measurementStore.ts";
import { notificationText } from "../notificationText.ts";
import type { HostName } from "./hostClosure.ts";
import type { HostClosures } from "./hostClosures.ts";
import type { Measuring } from "./measuring.ts";

/** Asks for a git revision and measures the host as it was there; undefined when that was left or failed, which was said. */
export async function measureRevision(
  { flake, name }: HostName,
  measuring: Measuring,
  closures: HostClosures,
): Promise<Baseline | undefined> {
  const revision = await window.showInputBox({
    title: `Compare the Closure of ${name}`,
    prompt: "A git revision of the flake's repository: it is evaluated, and must be built to be weighed.",
    value: "HEAD~1",
    placeHolder: "HEAD~1, a branch, a tag or a commit",
  });
  if (revision === undefined || revision.trim() === "") return undefined;
  // A repository's own configuration can name programs that git runs.
  if (!workspace.isTrusted) {
    void window.showErrorMessage("Trust this workspace first: git and Nix run on what is in it.");
    return undefined;
  }
  const { hostAtRevision } = await import("../../../core/src/nix/gitRevision.ts");
  const reference = await hostAtRevision({ flake, directory: flake, host: name }, revision.trim());
  if (!reference) {
    void window.showErrorMessage(notificationText(`"${revision}" is no commit of a repository that ${flake} is in.`));
    return undefined;
  }
  const outcome = await measuring.measure({ flake, name, reference: reference.flake });
  if (outcome !== "measured") return undefined;
  const root = measurementStore().history(reference.flake, name).at(-1)?.root;
  const analysis = root === undefined ? undefined : closures.analysis(root);
  return analysis && { label: revision.trim(), measurement: analysis.measurement };
}
