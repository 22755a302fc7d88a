import type { Page } from "playwright-core";
import { type Figure, milliseconds, percentile } from "../bench/figures.ts";
import { eventually } from "../eventually.ts";
import { runCommand } from "./editor.ts";
import { startVsCode } from "./vscode.ts";

const runs = 5;
/** A small extension that comes with VS Code and is activated together with ours: what a machine makes of any. */
const other = "Emmet";

/** What VS Code says of how long it took to load and activate the extension, while it opens a window and starts many at a time. */
export async function benchActivation(): Promise<Figure[]> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let run = 0; run < runs; run++) {
    const vscode = await startVsCode({ file: "flake.nix" });
    try {
      await runCommand(vscode.page, "Developer: Show Running Extensions");
      ours.push(await activationMs(vscode.page, "NixOS VPS"));
      theirs.push(await activationMs(vscode.page, other));
    } finally {
      await vscode.stop();
    }
  }
  const median = percentile(ours, 0.5);
  return [
    { what: "activation in VS Code, loading included", measured: milliseconds(median), budget: "50 ms" },
    {
      what: `the same of ${other}, which comes with VS Code`,
      measured: milliseconds(percentile(theirs, 0.5)),
      budget: "",
    },
  ];
}

async function activationMs(page: Page, extension: string): Promise<number> {
  const row = page.locator(".runtime-extensions-editor .monaco-list-row", { hasText: extension }).first();
  return await eventually(async () => {
    const text = await row.innerText({ timeout: 3000 });
    const [, ms] = /(\d+)ms/.exec(text) ?? [];
    if (ms === undefined) throw new Error(`no time of activation in ${JSON.stringify(text)}`);
    return Number(ms);
  });
}
