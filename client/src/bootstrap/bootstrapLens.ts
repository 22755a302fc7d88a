import {
  CodeLens,
  type CodeLensProvider,
  type Disposable,
  EventEmitter,
  languages,
  Range,
  Uri,
  workspace,
} from "vscode";
import type { NixDocumentFilter } from "../documentSelector.ts";
import type { FlakeHostsSource } from "../flakeHosts.ts";

/** "Bootstrap..." above each host of `nixosConfigurations`; not in a workspace where nothing may be run. */
export function registerBootstrapLens(hosts: FlakeHostsSource, selector: readonly NixDocumentFilter[]): Disposable {
  const changed = new EventEmitter<void>();
  const provider: CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    async provideCodeLenses(document) {
      if (!workspace.isTrusted) return [];
      const uri = document.uri.toString();
      const here = (await hosts.read()).hosts.filter((host) => Uri.parse(host.uri).toString() === uri);
      return here.map(({ flake, name, range: { start, end } }) => {
        const range = new Range(start.line, start.character, end.line, end.character);
        const tooltip = `Install ${name} on a machine`;
        return new CodeLens(range, {
          ...{ title: "Bootstrap...", tooltip, command: "nixosVps.bootstrap" },
          arguments: [{ flake, name }],
        });
      });
    },
  };
  const refresh = (): void => changed.fire();
  const parts = [
    languages.registerCodeLensProvider([...selector], provider),
    hosts.onDidChange(refresh),
    workspace.onDidGrantWorkspaceTrust(refresh),
    changed,
  ];
  return {
    dispose() {
      for (const part of parts) part.dispose();
    },
  };
}
