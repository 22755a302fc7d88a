import {
  type Disposable,
  EventEmitter,
  InlayHint,
  type InlayHintsProvider,
  MarkdownString,
  Position,
  Range,
  Uri,
  workspace,
} from "vscode";
import type { ClosureAnalysis } from "../../../core/src/closure/analyseClosure.ts";
import { formatBytes } from "../../../core/src/closure/byteSizes.ts";
import { type ListedPackage, listedPackagesMethod } from "../../../core/src/protocol.ts";
import type { ServerSession } from "../serverSession.ts";
import type { HostClosures } from "./hostClosures.ts";
import { type PackageSize, type PackageSizes, packageSizes } from "./packageSizes.ts";

/** Smaller packages are not worth a look. */
const leastBytes = 1_000_000;

/** Sizes beside packages in lists of modules, once a host that gets them was measured. */
export interface SizeHints extends InlayHintsProvider, Disposable {}

export function createSizeHints(server: ServerSession, closures: HostClosures): SizeHints {
  const changed = new EventEmitter<void>();
  const fire = (): void => changed.fire();
  const sizesOf = new WeakMap<ClosureAnalysis, PackageSizes>();
  const listening = [
    closures.onDidChange(fire),
    server.onDidChangeStatus(fire),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("nixosVps.closure.sizeHints")) fire();
    }),
  ];

  function sizes(flake: string, host: string): PackageSizes | undefined {
    const root = closures.of({ flake, name: host })?.entry.root;
    const analysis = root === undefined ? undefined : closures.analysis(root);
    if (!analysis) return undefined;
    const known = sizesOf.get(analysis) ?? packageSizes(analysis);
    sizesOf.set(analysis, known);
    return known;
  }

  function hintOf({ range, text, root, hosts }: ListedPackage, file: string): InlayHint | undefined {
    const flake = Uri.parse(root).fsPath;
    const found = hosts.flatMap((host) => {
      const size = sizes(flake, host)?.find(file, text);
      return size ? [{ host, size }] : [];
    });
    const heaviest = Math.max(0, ...found.map(({ size }) => size.retainedBytes));
    if (heaviest < leastBytes) return undefined;
    const hint = new InlayHint(new Position(range.end.line, range.end.character), formatBytes(heaviest));
    hint.paddingLeft = true;
    hint.tooltip = tooltip(text, found);
    return hint;
  }

  return {
    onDidChangeInlayHints: changed.event,
    async provideInlayHints(document, range, token) {
      const isOn = workspace.getConfiguration("nixosVps", document).get("closure.sizeHints", true);
      if (!isOn || document.uri.scheme !== "file") return [];
      const { version } = document;
      const params = { uri: document.uri.toString() };
      const listed = await server
        .request<readonly ListedPackage[]>(listedPackagesMethod, token, params)
        .catch(() => []);
      if (document.version !== version) return [];
      return listed
        .filter(({ range: { start, end }, text }) => {
          const place = new Range(start.line, start.character, end.line, end.character);
          return range.intersection(place) !== undefined && document.getText(place) === text;
        })
        .flatMap((each) => hintOf(each, document.uri.fsPath) ?? []);
    },
    dispose() {
      for (const each of [...listening, changed]) each.dispose();
    },
  };
}

function tooltip(
  text: string,
  found: readonly { readonly host: string; readonly size: PackageSize }[],
): MarkdownString {
  const lines = found.map(({ host, size }) => {
    const { retainedBytes, ownBytes, closureBytes } = size;
    return `${host}: retained ${formatBytes(retainedBytes)}, own ${formatBytes(ownBytes)}, closure ${formatBytes(closureBytes)}`;
  });
  const markdown = new MarkdownString();
  markdown.appendText(`${text} in the last measurement.\nRetained is what would vanish with it.\n\n`);
  for (const line of lines) markdown.appendText(`${line}\n`);
  return markdown;
}
