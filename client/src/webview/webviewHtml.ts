import { randomBytes } from "node:crypto";
import { Uri, type Webview, type WebviewOptions } from "vscode";
import { panelDocument } from "./panelDocument.ts";

/** What a webview of ours may do: run our scripts, and load files from `out/` and nowhere else. */
export function webviewOptions(extensionUri: Uri): WebviewOptions {
  return { enableScripts: true, localResourceRoots: [Uri.joinPath(extensionUri, "out")] };
}

/** The document of a panel, which is drawn by `out/<panel>.js` and `out/<panel>.css`. */
export function webviewHtml(webview: Webview, extensionUri: Uri, panel: "bootstrapPanel" | "closureExplorer"): string {
  const uri = (file: string): string => webview.asWebviewUri(Uri.joinPath(extensionUri, "out", file)).toString();
  return panelDocument({
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString("base64"),
    script: uri(`${panel}.js`),
    style: uri(`${panel}.css`),
  });
}
