import { join } from "node:path";
import { commands, env, Position, ProgressLocation, Selection, UIKind, Uri, window, workspace } from "vscode";
import { sendControlRequest } from "../../../core/src/bootstrap/controlClient.ts";
import { followRun } from "../../../core/src/bootstrap/followRun.ts";
import { loginEnvironment } from "../../../core/src/bootstrap/loginSecrets.ts";
import type { PanelChoices } from "../../../core/src/bootstrap/panelMessages.ts";
import { readRunRequest, readRunState } from "../../../core/src/bootstrap/readRun.ts";
import { choiceArguments, requestArguments } from "../../../core/src/bootstrap/requestArguments.ts";
import { type RunDirectory, readIfThere, runDirectory } from "../../../core/src/bootstrap/runDirectory.ts";
import type { BootstrapPanelActions } from "../bootstrapPanel/panelActions.ts";
import { complaintOf } from "../complaintOf.ts";
import { secretQuestions } from "./askForSecret.ts";
import { confirmHostKey } from "./confirmHostKey.ts";
import { confirmWipe } from "./confirmWipe.ts";
import { loginOf, makePlan, type PlanTools, plan } from "./makePlan.ts";
import { type RememberedTargets, rememberedTarget } from "./rememberedTargets.ts";
import type { RunTracker } from "./runTracker.ts";

export interface ActionTools extends PlanTools {
  readonly extensionUri: Uri;
  readonly root: string;
  readonly tracker: RunTracker;
  readonly remembered: RememberedTargets;
}

/** The command evaluates the flake before it starts the run. */
const startTimeoutMs = 15 * 60_000;

/** What a panel, a notification or a view can have done to a run. */
export function createPanelActions(tools: ActionTools): BootstrapPanelActions {
  const { command, secrets, root, tracker, remembered, extensionUri } = tools;
  const directoryOf = (run: string): RunDirectory => runDirectory(root, run);

  /** Starts or resumes a run in a process that outlives this one; resolves to its id. */
  async function detach(args: readonly string[], login: string, signal?: AbortSignal): Promise<string> {
    const result = await command.run(["bootstrap", "--detach", "--json", ...args], {
      timeoutMs: startTimeoutMs,
      signal,
      env: loginEnvironment(await secrets.find(login)),
    });
    if (result.exitCode !== 0) throw new Error(complaintOf(result));
    const { run } = JSON.parse(result.stdout) as { run: string };
    tracker.attach(run, true);
    return run;
  }

  /** A run that ended for the want of a secret cannot go on without; resolves to whether it is known. */
  async function giveWanted(run: string, login: string): Promise<boolean> {
    const wants = (await readRunState(directoryOf(run))).failure?.wants;
    if (wants === undefined) return true;
    const known = (await secrets.find(login))[wants.kind];
    return (known !== undefined && !wants.isWrong) || secretQuestions(secrets, login)(wants);
  }

  async function resume(run: string, changes: Partial<PanelChoices>): Promise<void> {
    const request = readRunRequest(directoryOf(run));
    const login = loginOf({ target: request.target ?? "", port: request.port });
    if (!(await giveWanted(run, login))) return;
    const title = `NixOS VPS: resuming the bootstrap of ${request.reference?.host ?? run}`;
    await window.withProgress({ location: ProgressLocation.Window, title }, () =>
      detach(["--resume", run, ...choiceArguments(changes)], login),
    );
  }

  async function askBuildHost(sshConfig: string | undefined): Promise<string | undefined> {
    const { askForBuildHost } = await import("./askForBuildHost.ts");
    const earlier = remembered.all().flatMap(({ buildHost }) => buildHost ?? []);
    return askForBuildHost({ earlier: [...new Set(earlier)], sshConfig });
  }

  return {
    follow(run, from, follower) {
      const followed = followRun(directoryOf(run), from, {
        onEvents: follower.onEvents,
        onListening: () => follower.onProcess("running"),
        onEnded({ reason }) {
          if (reason === "finished") follower.onProcess("ended");
          else follower.onProcess(reason === "interrupted" ? "interrupted" : "missing");
        },
      });
      return { dispose: followed.stop };
    },

    async start({ request }, choices, signal) {
      const asked = { ...request, ...choices };
      const run = await detach(requestArguments(asked), loginOf(asked), signal);
      await remembered.add(rememberedTarget(asked));
      return run;
    },

    async replan({ request }, choices, signal) {
      const asked = { ...request, ...choices };
      const made = await plan(tools, asked, signal);
      if ("version" in made) return { request: asked, plan: made };
      // The host key, or what opens the login, is no longer what it was.
      const again = await makePlan(tools, asked, signal);
      if (again === undefined) throw new Error(made.message);
      return again;
    },

    async chooseExtraFiles({ request }) {
      const [chosen] =
        (await window.showOpenDialog({
          title: "Files to copy over the installed system",
          openLabel: "Copy These",
          canSelectFiles: false,
          canSelectFolders: true,
          ...(request.reference.directory === undefined ? {} : { defaultUri: Uri.file(request.reference.directory) }),
        })) ?? [];
      return chosen?.fsPath;
    },

    chooseBuildHost: ({ request }) => askBuildHost(request.sshConfig),

    async planAgain() {
      await commands.executeCommand("nixosVps.bootstrap");
    },

    async cancel(run) {
      const { host, target } = await readRunState(directoryOf(run));
      const yes = "Cancel the Bootstrap";
      const choice = await window.showWarningMessage(
        `Cancel the bootstrap of ${host} on ${target}?`,
        { modal: true, detail: "Programs end, and the target is left as it is. The run can be resumed." },
        yes,
      );
      if (choice === yes) await sendControlRequest(directoryOf(run).socket, { type: "cancel" });
    },

    async answer(run, id) {
      const directory = directoryOf(run);
      const { question, host, target } = await readRunState(directory);
      if (question?.id !== id) throw new Error("This question is no longer open.");
      const value =
        question.kind === "confirm-wipe"
          ? await confirmWipe(question, host, target)
          : (await confirmHostKey(target, question.text))
            ? question.expects
            : undefined;
      if (value !== undefined) await sendControlRequest(directory.socket, { type: "answer", question: id, value });
    },

    resume,

    async resumeOnBuildHost(run) {
      const buildHost = await askBuildHost(readRunRequest(directoryOf(run)).sshConfig);
      if (buildHost !== undefined) await resume(run, { buildHost });
    },

    async openFinding(of, file, line) {
      const flake =
        typeof of === "string" ? readRunRequest(directoryOf(of)).reference?.directory : of.request.reference.directory;
      const path = flake === undefined ? file : join(flake, file);
      const position = new Position(Math.max(0, line - 1), 0);
      const document = await workspace.openTextDocument(Uri.file(file.startsWith("/") ? file : path));
      await window.showTextDocument(document, { selection: new Selection(position, position) });
    },

    async openTroubleshooting(failure) {
      const page = Uri.joinPath(extensionUri, "docs", "troubleshooting.md").with({ fragment: failure });
      await commands.executeCommand("markdown.showPreview", page);
    },

    async openLog(run) {
      const { log } = directoryOf(run);
      if (readIfThere(log) === undefined) throw new Error("The run has no log yet.");
      await window.showTextDocument(Uri.file(log), { preview: true });
    },

    async openRunFolder(run) {
      const { path } = directoryOf(run);
      // Where no window system shows folders, a terminal does.
      const isHere = env.remoteName === undefined && env.uiKind === UIKind.Desktop;
      if (isHere) await commands.executeCommand("revealFileInOS", Uri.file(path));
      else window.createTerminal({ name: run, cwd: path }).show();
    },

    async saveReport(run) {
      const directory = directoryOf(run);
      const report = readIfThere(directory.report);
      if (report === undefined) throw new Error("There is a report when the run has ended.");
      const { host } = await readRunState(directory);
      const folder = workspace.workspaceFolders?.[0]?.uri ?? Uri.file(directory.path);
      const target = await window.showSaveDialog({
        title: "Save the Report",
        defaultUri: Uri.joinPath(folder, `bootstrap-${host.replace(/[^\w.-]+/g, "-")}.md`),
        filters: { Markdown: ["md"] },
      });
      if (!target) return;
      await workspace.fs.writeFile(target, Buffer.from(report));
      await commands.executeCommand("markdown.showPreview", target);
    },

    async copy(text) {
      await env.clipboard.writeText(text);
    },
  };
}
