import { randomBytes } from "node:crypto";
import { Uri, type WebviewPanel } from "vscode";
import { panelDocument } from "./panelDocument.ts";

/** What links of a panel may run: that which shows the same again. */
const commands = {
  bootstrapPanel: ["nixosVps.showRun", "nixosVps.bootstrap"],
  closureExplorer: ["nixosVps.analyzeClosure"],
} as const;

/**
 * Gives a panel, new or restored, its icon and its document, which is drawn by `out/<name>.js` and `out/<name>.css`. It may run our
 * scripts, and load files from `out/` and nowhere else.
 */
export function fillPanel(panel: WebviewPanel, extensionUri: Uri, name: keyof typeof commands): void {
  const { webview } = panel;
  const out = Uri.joinPath(extensionUri, "out");
  const uri = (file: string): string => webview.asWebviewUri(Uri.joinPath(out, file)).toString();
  panel.iconPath = Uri.joinPath(extensionUri, "media", "icon.png");
  webview.options = { enableScripts: true, enableCommandUris: commands[name], localResourceRoots: [out] };
  webview.html = panelDocument({
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString("base64"),
    script: uri(`${name}.js`),
    style: uri(`${name}.css`),
  });
}
