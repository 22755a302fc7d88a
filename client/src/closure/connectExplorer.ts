import { writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import {
  type Disposable,
  env,
  type LogOutputChannel,
  Position,
  Range,
  Uri,
  ViewColumn,
  type WebviewPanel,
  window,
} from "vscode";
import { formatBytes } from "../../../core/src/closure/byteSizes.ts";
import {
  type Baseline,
  type ComparisonChoice,
  type ExplorerAsks,
  type ExplorerShows,
  noComparison,
  parseExplorerAsks,
} from "../../../core/src/closure/explorerMessages.ts";
import { describeAge } from "../../../core/src/describeAge.ts";
import type { FlakeHostsSource } from "../flakeHosts.ts";
import { notificationText } from "../notificationText.ts";
import { type HostName, hostKey } from "./hostClosure.ts";
import type { HostClosures } from "./hostClosures.ts";
import { measureRevision } from "./measureRevision.ts";
import type { Measuring } from "./measuring.ts";
import { noticesOf } from "./notices.ts";

export interface ExplorerSources {
  readonly hosts: FlakeHostsSource;
  readonly closures: HostClosures;
  readonly measuring: Measuring;
}

interface Comparison {
  readonly label: string;
  readonly root: string;
  readonly totalBytes: number;
}

export interface ExplorerConnection extends Disposable {
  reveal(): void;
  isActive(): boolean;
}

/** More earlier measurements than these are in the history that the command reads. */
const offeredMeasurements = 5;
const revisionChoice = "revision";

/** Connects a panel with the closure of a host. What the panel shows is sent anew whenever its script starts. */
export function connectExplorer(
  panel: WebviewPanel,
  host: HostName,
  log: LogOutputChannel,
  { hosts, closures, measuring }: ExplorerSources,
): ExplorerConnection {
  let isReady = false;
  let sent = "";
  let baseline: Baseline | undefined;

  function post(message: ExplorerShows): void {
    if (isReady) void panel.webview.postMessage(message);
  }

  async function showClosure(): Promise<void> {
    const closure = closures.of(host);
    const analysis = closure && closures.analysis(closure.entry.root);
    if (!closure || !analysis) {
      post({ kind: "unmeasured", host: host.name });
      return;
    }
    const choices = await choicesOf();
    const notices = noticesOf(closure);
    const { measurement } = analysis;
    // Whatever else has changed in the window, the panel keeps what it shows.
    const now = JSON.stringify([measurement.root, measurement.measuredAt, notices, choices, baseline?.label]);
    if (now === sent) return;
    sent = isReady ? now : "";
    post({ kind: "closure", measurement, notices, choices, ...(baseline ? { baseline } : {}) });
  }

  function showActivity(): void {
    const isOwn = measuring.isMeasuring(host);
    post({ kind: "activity", text: isOwn ? `Measuring: ${measuring.activity() || "starting"}` : "" });
  }

  /** What it can be compared with, by the id of the choice. */
  async function comparisons(): Promise<ReadonlyMap<string, Comparison>> {
    const now = Date.now();
    const earlier = closures.earlier(host).slice(0, offeredMeasurements);
    const { hosts: known } = await hosts.read();
    const others = known.filter((other) => hostKey(other) !== hostKey(host));
    return new Map<string, Comparison>([
      ...earlier.map(({ root, measuredAt, totalBytes }): [string, Comparison] => {
        const label = `what was measured ${describeAge(Date.parse(measuredAt), now)}`;
        return [`measurement:${root}`, { label, root, totalBytes }];
      }),
      ...others.flatMap((other): [string, Comparison][] => {
        const entry = closures.of(other)?.entry;
        return entry ? [[`host:${hostKey(other)}`, { label: other.name, ...entry }]] : [];
      }),
    ]);
  }

  async function choicesOf(): Promise<ComparisonChoice[]> {
    const measured = [...(await comparisons())];
    return [
      ...measured.map(([id, { label, totalBytes }]) => ({ id, label: `${label} (${formatBytes(totalBytes)})` })),
      { id: revisionChoice, label: "a git revision..." },
    ];
  }

  async function compare(id: string): Promise<void> {
    if (id === noComparison) baseline = undefined;
    else if (id === revisionChoice) {
      const found = await measureRevision(host, measuring, closures);
      if (!found) return;
      baseline = found;
    } else {
      const comparison = (await comparisons()).get(id);
      const analysis = comparison && closures.analysis(comparison.root);
      if (!analysis) throw new Error("That measurement is no longer kept. Measure that host again to compare with it.");
      baseline = { label: comparison.label, measurement: analysis.measurement };
    }
    await showClosure();
  }

  async function open(file: string, line: number | undefined): Promise<void> {
    const root = closures.of(host)?.entry.root;
    const measurement = root === undefined ? undefined : closures.analysis(root)?.measurement;
    const isPlace = measurement?.paths.some(({ addedBy }) => addedBy.some((place) => place.file === file)) === true;
    if (!isPlace) return;
    const path = isAbsolute(file) ? file : join(host.flake, file);
    const start = new Position((line ?? 1) - 1, 0);
    const viewColumn = panel.viewColumn === ViewColumn.One ? ViewColumn.Beside : ViewColumn.One;
    await window.showTextDocument(Uri.file(path), { viewColumn, selection: new Range(start, start) });
  }

  async function saveReport(): Promise<void> {
    const root = closures.of(host)?.entry.root;
    const analysis = root === undefined ? undefined : closures.analysis(root);
    if (!analysis) return;
    const uri = await window.showSaveDialog({
      defaultUri: Uri.file(join(host.flake, `closure-${host.name}.html`)),
      filters: { HTML: ["html"] },
      title: `Report on the closure of ${host.name}`,
    });
    if (!uri) return;
    const { closureReportPage } = await import("../../../core/src/closure/closureReportPage.ts");
    await writeFile(uri.fsPath, closureReportPage(analysis, baseline));
    const choice = await window.showInformationMessage(`The report is in ${uri.fsPath}.`, "Open in Browser");
    if (choice !== undefined) await env.openExternal(uri);
  }

  async function answer(message: ExplorerAsks): Promise<void> {
    switch (message.kind) {
      case "ready":
        isReady = true;
        sent = "";
        showActivity();
        await showClosure();
        break;
      case "ping":
        post({ kind: "pong" });
        break;
      case "measure":
        await measuring.measure(host);
        break;
      case "open":
        await open(message.file, message.line);
        break;
      case "compare":
        await compare(message.with);
        break;
      case "copy":
        await env.clipboard.writeText(message.text);
        void window.setStatusBarMessage("$(check) Copied", 3000);
        break;
      case "saveReport":
        await saveReport();
        break;
    }
  }

  function showProblem(error: unknown): void {
    log.error(error instanceof Error ? error : String(error));
    void window.showErrorMessage(notificationText(error instanceof Error ? error.message : String(error)));
  }

  const listening = [
    panel.webview.onDidReceiveMessage((value: unknown) => {
      const message = parseExplorerAsks(value);
      if (message) answer(message).catch(showProblem);
      else log.warn("Closure explorer: a message that is not known was dropped.");
    }),
    panel.onDidChangeViewState(() => {
      // VS Code ends the script of a hidden panel; it says again that it is ready when it is shown.
      if (!panel.visible) isReady = false;
    }),
    closures.onDidChange(() => void showClosure().catch(showProblem)),
    measuring.onDidChange(showActivity),
  ];

  return {
    reveal: () => panel.reveal(),
    isActive: () => panel.active,
    dispose() {
      isReady = false;
      for (const each of listening) each.dispose();
    },
  };
}
