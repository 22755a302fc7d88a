import type { FrameLocator, Page } from "playwright-core";
import { eventually } from "../eventually.ts";

/** The lenses on the screen, a line of them at a time. */
export async function lenses(page: Page): Promise<string[]> {
  const texts = await page.locator(".editor-instance .codelens-decoration").allInnerTexts();
  return texts.map((text) => text.replaceAll("\u00a0", " ").replaceAll(/\s+/g, " ").trim());
}

/** Clicks on a lens of the first host. */
export async function clickLens(page: Page, title: string): Promise<void> {
  await eventually(async () => {
    await page
      .locator(".editor-instance .codelens-decoration")
      .first()
      .getByRole("button", { name: title, exact: true })
      .click({ timeout: 3000 });
  });
}

/** Opens the explorer of the first host by its lens. While a window opens, lenses move, and a click may fall beside them. */
export async function openExplorer(page: Page): Promise<void> {
  const header = explorerFrame(page).locator("header");
  await eventually(async () => {
    if (await header.isVisible()) return;
    await page
      .locator(".editor-instance .codelens-decoration")
      .first()
      .getByRole("button", { name: "Analyze", exact: true })
      .click({ timeout: 3000 });
    await header.waitFor({ timeout: 10_000 });
  }, 60_000);
}

/** A line of the active editor as it is shown, hints included. */
export async function lineWith(page: Page, text: string): Promise<string> {
  const lines = await page.locator(".editor-instance .view-lines .view-line").allInnerTexts();
  return lines.map((line) => line.replaceAll("\u00a0", " ")).find((line) => line.includes(text)) ?? "";
}

/** What the explorer shows. */
export function explorerFrame(page: Page): FrameLocator {
  return page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
}
