import { type QuickPickItem, QuickPickItemKind, ThemeIcon, Uri, window } from "vscode";
import { parseTarget, portProblem, targetProblem } from "../../../core/src/bootstrap/targetText.ts";
import type { FlakeHost } from "../flakeHosts.ts";
import { flakeNames } from "../flakeNames.ts";
import { pickStep, textStep } from "../input/quickInputs.ts";
import { type InputStep, runSteps } from "../input/runSteps.ts";
import { count } from "../statusText.ts";
import type { RememberedTarget } from "./rememberedTargets.ts";
import { describeNames, describeTarget, resolveQuietly } from "./sshNameDescriptions.ts";

export interface AskOptions {
  /** Chosen already; the others are offered otherwise. */
  readonly host?: FlakeHost | undefined;
  readonly hosts: readonly FlakeHost[];
  readonly remembered: readonly RememberedTarget[];
  /** Another configuration of OpenSSH than the user's. */
  readonly sshConfig: string | undefined;
  /** What was answered another time, to be changed or confirmed. */
  readonly before?: AskedBootstrap | undefined;
}

/** What was asked for. */
export interface AskedBootstrap {
  readonly host: FlakeHost;
  readonly target: string;
  /** Undefined when it is the one that ssh takes by itself. */
  readonly port: number | undefined;
}

interface Answers {
  readonly host?: FlakeHost;
  readonly target?: string;
  readonly typedPort?: number | undefined;
  readonly port?: number | undefined;
}

const title = "Bootstrap VPS";

/** Asks for host, target and port, step by step; undefined when that was left. */
export async function askForBootstrap(options: AskOptions): Promise<AskedBootstrap | undefined> {
  const steps: InputStep<Answers>[] = [
    ...(options.host ? [] : [askHost(options)]),
    (answers, step, earlier) => askTarget(options, { answers, step, earlier }),
    (answers, step, earlier) => askPort(options, { answers, step, earlier }),
  ];
  const first: Answers = options.host ? { host: options.host } : {};
  const { host, target, port } = (await runSteps(first, steps, options.before)) ?? {};
  return host && target !== undefined ? { host, target, port } : undefined;
}

interface Place {
  readonly answers: Answers;
  readonly step: number;
  readonly earlier: Answers | undefined;
}

const totalSteps = ({ host }: AskOptions): number => (host ? 2 : 3);

interface HostItem extends QuickPickItem {
  readonly host: FlakeHost;
}

function askHost(options: AskOptions): InputStep<Answers> {
  return async (answers, step, earlier) => {
    const names = flakeNames(options.hosts.map(({ flake }) => flake));
    const items = underCursorFirst(options.hosts).map((host): HostItem => {
      const { error, warning } = host.findings;
      const findings = [
        ...(error > 0 ? [count(error, "error")] : []),
        ...(warning > 0 ? [count(warning, "warning")] : []),
      ];
      return {
        host,
        label: host.name,
        iconPath: new ThemeIcon("server"),
        description: [...(names.size > 1 ? [names.get(host.flake)] : []), ...findings].join(", "),
      };
    });
    const picked = await pickStep<HostItem>({
      ...{ title, step, totalSteps: totalSteps(options), items },
      placeholder: "The host of the flake to install",
      isActive: ({ host: { flake, name } }) => flake === earlier?.host?.flake && name === earlier.host.name,
    });
    return typeof picked === "object" ? { answer: { ...answers, host: picked.answer.host } } : picked;
  };
}

/** The host whose line the cursor is on, or whose files are being read, comes first. */
function underCursorFirst(hosts: readonly FlakeHost[]): readonly FlakeHost[] {
  const editor = window.activeTextEditor;
  if (!editor) return hosts;
  const document = editor.document.uri.toString();
  const { line } = editor.selection.active;
  const folders = editor.document.uri.fsPath.split("/");
  const rank = ({ name, uri, range }: FlakeHost): number => {
    const isThere = Uri.parse(uri).toString() === document;
    if (isThere && range.start.line <= line && line <= range.end.line) return 0;
    return folders.includes(name) ? 1 : 2;
  };
  return [...hosts].sort((a, b) => rank(a) - rank(b));
}

interface TargetItem extends QuickPickItem {
  readonly target?: string;
  readonly port?: number | undefined;
}

async function askTarget(
  options: AskOptions,
  { answers, step, earlier: given }: Place,
): ReturnType<InputStep<Answers>> {
  const { sshHostNames } = await import("../../../core/src/bootstrap/sshHostNames.ts");
  const names = await sshHostNames(options.sshConfig);
  const earlier = [...options.remembered].sort((a, b) => fits(b, answers.host) - fits(a, answers.host));
  const known = withoutDoubles(earlier);
  const picked = await pickStep<TargetItem>({
    ...{ title, step, totalSteps: totalSteps(options), value: given?.target },
    placeholder: "The machine to install it on: pick one, or type what ssh takes, such as root@203.0.113.5",
    items: targetItems(known, names, new Map()),
    laterItems: describeNames(names, options.sshConfig).then((described) => targetItems(known, names, described)),
    itemsFor: typedItems,
    isChoice: ({ target }) => target !== undefined,
  });
  if (typeof picked !== "object") return picked;
  const { target, port } = picked.answer;
  return target === undefined ? undefined : { answer: { ...answers, target, typedPort: port } };
}

function fits({ flake, host }: RememberedTarget, chosen: FlakeHost | undefined): number {
  return host === chosen?.name && flake === chosen.flake ? 1 : 0;
}

function withoutDoubles(targets: readonly RememberedTarget[]): RememberedTarget[] {
  return targets.filter(({ target }, index) => targets.findIndex((each) => each.target === target) === index);
}

function targetItems(
  remembered: readonly RememberedTarget[],
  names: readonly string[],
  described: ReadonlyMap<string, string>,
): TargetItem[] {
  const separator = (label: string): TargetItem => ({ label, kind: QuickPickItemKind.Separator });
  const others = names.filter((name) => !remembered.some(({ target }) => target === name));
  return [
    ...(remembered.length > 0 ? [separator("earlier")] : []),
    ...remembered.map(({ target, port, host }) => ({
      ...{ label: target, target, port },
      description: [...(port === undefined ? [] : [`port ${port}`]), `for ${host}`].join(", "),
    })),
    ...(others.length > 0 ? [separator("ssh configuration")] : []),
    ...others.map((name) => ({ label: name, target: name, description: described.get(name) ?? "" })),
  ];
}

/** What is typed, as something to choose, or with what is wrong with it. */
function typedItems(typed: string): TargetItem[] {
  if (typed.trim() === "") return [];
  const problem = targetProblem(typed);
  if (problem !== undefined) return [{ label: `$(error) ${problem}`, alwaysShow: true }];
  const { target, port } = parseTarget(typed);
  const description = port === undefined ? "as ssh finds it" : `port ${port}`;
  return [{ label: `$(arrow-right) ${target}`, description, target, port, alwaysShow: true }];
}

async function askPort(options: AskOptions, { answers, step, earlier }: Place): ReturnType<InputStep<Answers>> {
  const { target = "", typedPort } = answers;
  const earlierPort = earlier?.target === target ? earlier.port : undefined;
  const resolved = await resolveQuietly(target, options.sshConfig);
  const own = resolved?.port ?? 22;
  const typed = await textStep({
    ...{ title, step, totalSteps: totalSteps(options), value: String(typedPort ?? earlierPort ?? own) },
    prompt: `The port of sshd on ${resolved ? describeTarget({ ...resolved, port: 22 }) : target}.`,
    validate: portProblem,
  });
  if (typeof typed !== "object") return typed;
  const port = Number(typed.answer);
  return { answer: { ...answers, port: port === own ? undefined : port } };
}
