import { randomBytes } from "node:crypto";
import { Uri, type Webview, type WebviewOptions } from "vscode";

/** What a webview of ours may do: run our scripts, and load files from `out/` and nowhere else. */
export function webviewOptions(extensionUri: Uri): WebviewOptions {
  return { enableScripts: true, localResourceRoots: [Uri.joinPath(extensionUri, "out")] };
}

/**
 * The document of a panel: an empty body that `out/<panel>.js` fills and `out/<panel>.css` dresses. Nothing is written into it, so
 * that no text can become HTML; what is shown arrives by messages. The policy forbids all but that script, that style sheet and
 * fonts of ours; connections, images from elsewhere, forms and inline styles are refused.
 */
export function webviewHtml(webview: Webview, extensionUri: Uri, panel: "bootstrapPanel" | "closureExplorer"): string {
  const nonce = randomBytes(16).toString("base64");
  const uri = (file: string): Uri => webview.asWebviewUri(Uri.joinPath(extensionUri, "out", file));
  const policy = [
    "default-src 'none'",
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
    "form-action 'none'",
    "base-uri 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="stylesheet" href="${uri(`${panel}.css`)}">
    <title>NixOS VPS</title>
  </head>
  <body>
    <script nonce="${nonce}" src="${uri(`${panel}.js`)}"></script>
  </body>
</html>
`;
}
