import {
  CodeLens,
  type CodeLensProvider,
  type Command,
  type Disposable,
  EventEmitter,
  Range,
  type TextDocument,
  Uri,
  workspace,
} from "vscode";
import type { FlakeHost, FlakeHostsSource } from "../flakeHosts.ts";
import type { HostClosures } from "./hostClosures.ts";
import { lensText, lensTooltip } from "./lensText.ts";
import type { Measuring } from "./measuring.ts";

type LensKind = "closure" | "action";

/** VS Code hands the same object back to be resolved. */
interface HostLens extends CodeLens {
  readonly host: FlakeHost;
  readonly kind: LensKind;
}

/** The lenses above each host's name: its closure, and what can be found out of it. Nothing is run for them. */
export interface ClosureLenses extends CodeLensProvider<HostLens>, Disposable {}

export function createClosureLenses(
  hosts: FlakeHostsSource,
  closures: HostClosures,
  measuring: Measuring,
): ClosureLenses {
  const changed = new EventEmitter<void>();
  const fire = (): void => changed.fire();
  const listening = [
    hosts.onDidChange(fire),
    closures.onDidChange(fire),
    measuring.onDidChange(fire),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("nixosVps.closure.codeLens")) fire();
    }),
  ];

  function commandOf({ host, kind }: HostLens): Command {
    const argument = { flake: host.flake, name: host.name };
    const closure = closures.of(host);
    switch (kind) {
      case "closure":
        if (measuring.isMeasuring(host)) return { title: "$(sync~spin) measuring the closure", command: "" };
        if (!closure) return { title: "closure not measured", command: "" };
        return {
          title: lensText(closure, Date.now()),
          tooltip: lensTooltip(closure, Date.now()),
          command: "nixosVps.analyzeClosure",
          arguments: [argument],
        };
      case "action":
        return closure
          ? { title: "Analyze", command: "nixosVps.analyzeClosure", arguments: [argument] }
          : { title: "Measure", command: "nixosVps.measureClosure", arguments: [argument] };
    }
  }

  return {
    onDidChangeCodeLenses: changed.event,
    async provideCodeLenses(document: TextDocument) {
      const isOn = workspace.getConfiguration("nixosVps", document).get("closure.codeLens", true);
      if (!isOn || document.uri.scheme !== "file") return [];
      const { hosts: known } = await hosts.read();
      const uri = document.uri.toString();
      return known
        .filter((host) => Uri.parse(host.uri).toString() === uri)
        .flatMap((host) => {
          const { start, end } = host.range;
          const range = new Range(start.line, start.character, end.line, end.character);
          return (["closure", "action"] as const).map(
            (kind): HostLens => Object.assign(new CodeLens(range), { host, kind }),
          );
        });
    },
    resolveCodeLens(lens) {
      lens.command = commandOf(lens);
      return lens;
    },
    dispose() {
      for (const each of listening) each.dispose();
      changed.dispose();
    },
  };
}
