import { type QuickPickItem, QuickPickItemKind } from "vscode";
import { buildHostProblem } from "../../../core/src/bootstrap/buildHost.ts";
import { pickStep } from "../input/quickInputs.ts";
import { describeNames } from "./sshNameDescriptions.ts";

export interface AskOptions {
  /** Machines that built before, the latest first. */
  readonly earlier: readonly string[];
  /** Another configuration of OpenSSH than the user's. */
  readonly sshConfig: string | undefined;
}

interface BuildHostItem extends QuickPickItem {
  readonly buildHost?: string;
}

/** Asks for the machine that is to build; undefined when that was left. */
export async function askForBuildHost({ earlier, sshConfig }: AskOptions): Promise<string | undefined> {
  const { sshHostNames } = await import("../../../core/src/bootstrap/sshHostNames.ts");
  const names = await sshHostNames(sshConfig);
  const picked = await pickStep<BuildHostItem>({
    title: "Build on Another Machine",
    placeholder: "The machine that builds: pick one, or type what ssh takes, such as me@198.51.100.7",
    items: buildHostItems(earlier, names, new Map()),
    laterItems: describeNames(names, sshConfig).then((described) => buildHostItems(earlier, names, described)),
    itemsFor: typedItems,
    isChoice: ({ buildHost }) => buildHost !== undefined,
  });
  return typeof picked === "object" ? picked.answer.buildHost : undefined;
}

function buildHostItems(
  earlier: readonly string[],
  names: readonly string[],
  described: ReadonlyMap<string, string>,
): BuildHostItem[] {
  const separator = (label: string): BuildHostItem => ({ label, kind: QuickPickItemKind.Separator });
  const item = (name: string): BuildHostItem => ({
    label: name,
    buildHost: name,
    description: described.get(name) ?? "",
  });
  const others = names.filter((name) => !earlier.includes(name));
  return [
    ...(earlier.length > 0 ? [separator("earlier"), ...earlier.map(item)] : []),
    ...(others.length > 0 ? [separator("ssh configuration"), ...others.map(item)] : []),
  ];
}

/** What is typed, as something to choose, or with what is wrong with it. */
function typedItems(typed: string): BuildHostItem[] {
  const buildHost = typed.trim();
  if (buildHost === "") return [];
  const problem = buildHostProblem(buildHost);
  if (problem !== undefined) return [{ label: `$(error) ${problem}`, alwaysShow: true }];
  return [{ label: `$(arrow-right) ${buildHost}`, description: "as ssh finds it", buildHost, alwaysShow: true }];
}
