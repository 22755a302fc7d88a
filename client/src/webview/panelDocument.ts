/** Where the parts of a panel come from. */
export interface PanelSources {
  /** What a content security policy calls the place of our files. */
  readonly cspSource: string;
  /** Said by the policy and by the script; never the same twice. */
  readonly nonce: string;
  readonly script: string;
  readonly style: string;
}

/**
 * The document of a panel: an empty body that a script fills and a style sheet dresses. Nothing is written into it, so that no text
 * can become HTML; what is shown arrives by messages. The policy forbids all but that script, that style sheet and fonts of ours;
 * connections, images from elsewhere, forms and inline styles are refused.
 */
export function panelDocument({ cspSource, nonce, script, style }: PanelSources): string {
  const policy = [
    "default-src 'none'",
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    `img-src ${cspSource}`,
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
    <link rel="stylesheet" href="${style}">
    <title>NixOS VPS</title>
  </head>
  <body>
    <script nonce="${nonce}" src="${script}"></script>
  </body>
</html>
`;
}
