import type { FrameLocator, Page } from "playwright-core";
import { answerQuickInput, runCommand } from "./editor.ts";
import { screenshotPath } from "./vscode.ts";

/** The content of the panel that is shown. */
export function shownPanel(page: Page): FrameLocator {
  return page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
}

/** Adds what the policies of panels refuse from now on: the browser says it on the console. */
export function collectViolations(page: Page, violations: string[]): void {
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) violations.push(message.text());
  });
}

/** Labels of themes, and what VS Code calls their kind in a webview. */
const themes = {
  dark: { label: "Dark Modern", bodyClass: "vscode-dark" },
  "high contrast": { label: "Dark High Contrast", bodyClass: "vscode-high-contrast" },
  light: { label: "Light Modern", bodyClass: "vscode-light" },
};

/** Pictures of this moment in every theme, the last of them light. */
export async function takePictures(page: Page, what: string): Promise<void> {
  for (const [name, { label, bodyClass }] of Object.entries(themes)) {
    await runCommand(page, "Preferences: Color Theme");
    await answerQuickInput(page, label, label);
    await shownPanel(page).locator(`body.${bodyClass}`).waitFor();
    await page.screenshot({ path: await screenshotPath(`${what} ${name}`) });
  }
}

/** Reloads a window that was opened without a file; one that is to open a file does not open again what it had open. */
export async function reloadWindow(page: Page): Promise<void> {
  const loaded = page.waitForEvent("load");
  await runCommand(page, "Developer: Reload Window");
  await loaded;
}
