import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { eventually } from "../eventually.ts";

/** Opens a file of the workspace by its name or path. */
export async function openFile(page: Page, path: string): Promise<void> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  // What is chosen while the list still changes is now and then not opened.
  await eventually(async () => {
    await page.keyboard.press("Escape");
    await openQuickInput(page, "Control+P");
    await page.locator(".quick-input-widget input").fill(path, { timeout: 3000 });
    await quickInputEntries(page).filter({ hasText: name }).first().click({ timeout: 3000 });
    await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor({ timeout: 5000 });
  });
}

/** Runs a command by the title that the command palette shows. */
export async function runCommand(page: Page, title: string): Promise<void> {
  // Commands of an extension are listed a while after the window is there, and not in a list that was open before.
  await eventually(async () => {
    await page.keyboard.press("Escape");
    await openQuickInput(page, "F1");
    await page.locator(".quick-input-widget input").fill(`>${title}`, { timeout: 3000 });
    await quickInputEntries(page).filter({ hasText: title }).first().click({ timeout: 3000 });
  });
}

/** VS Code drops a key that comes while it is busy opening something else. */
async function openQuickInput(page: Page, key: string): Promise<void> {
  await eventually(async () => {
    await page.keyboard.press(key);
    await page.locator(".quick-input-widget input").waitFor({ timeout: 2000 });
  });
}

/** Types into the quick input and chooses the entry that contains `label`. */
export async function answerQuickInput(page: Page, text: string, label: string): Promise<void> {
  await page.locator(".quick-input-widget input").fill(text);
  await quickInputEntries(page).filter({ hasText: label }).first().click();
}

export function quickInputEntries(page: Page): Locator {
  return page.locator(".quick-input-list .monaco-list-row");
}

/** A row of a view in the side bar; notifications are rows of a list, too. */
export function viewRow(page: Page, text: string): Locator {
  return page.locator(".sidebar .monaco-list-row", { hasText: text }).first();
}

/** Presses a button that a row of a view shows while it is pointed at; rows are drawn anew whenever the view is refreshed. */
export async function clickInRow(page: Page, which: string | Locator, button: string): Promise<void> {
  const row = typeof which === "string" ? viewRow(page, which) : which;
  await eventually(async () => {
    await page.mouse.move(640, 300);
    await row.hover({ timeout: 3000 });
    await row.getByRole("button", { name: button }).click({ timeout: 3000 });
  });
}

/** What is underlined in the active editor, from top to bottom; only lines on the screen. */
export async function underlinedTexts(page: Page, severity: "error" | "warning" | "info"): Promise<string[]> {
  return await page.evaluate((squiggleClass) => {
    const lines = [...document.querySelectorAll(".editor-instance .view-lines .view-line")];
    const squiggles = [...document.querySelectorAll(`.editor-instance .${squiggleClass}`)];
    const places = squiggles.map((squiggle) => squiggle.getBoundingClientRect());
    places.sort((a, b) => a.top - b.top || a.left - b.left);
    return places.map((place) => lines.map((line) => textWithin(line, place)).join(""));

    function textWithin(line: Element, place: DOMRect): string {
      const { top, bottom } = line.getBoundingClientRect();
      const middle = (place.top + place.bottom) / 2;
      if (middle < top || middle > bottom) return "";
      let text = "";
      const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const characters = node.textContent ?? "";
        for (let index = 0; index < characters.length; index += 1) {
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + 1);
          const box = range.getBoundingClientRect();
          const centre = (box.left + box.right) / 2;
          if (centre > place.left && centre < place.right) text += characters[index];
        }
      }
      return text.replaceAll("\u00a0", " ");
    }
  }, `squiggly-${severity}`);
}

/** Waits until `text` is underlined in the active editor. */
export async function waitUntilUnderlined(page: Page, severity: "error" | "warning" | "info", text: string) {
  await eventually(async () => {
    const texts = await underlinedTexts(page, severity);
    assert.ok(texts.includes(text), `${JSON.stringify(text)} is not underlined; underlined: ${JSON.stringify(texts)}`);
  });
}

/** The middle of a text in the active editor, in page coordinates. */
async function placeOf(page: Page, text: string): Promise<{ x: number; y: number }> {
  return await eventually(async () => {
    const place = await page.evaluate((wanted) => {
      for (const line of document.querySelectorAll(".editor-instance .view-lines .view-line")) {
        const start = (line.textContent ?? "").replaceAll("\u00a0", " ").indexOf(wanted);
        if (start === -1) continue;
        const range = document.createRange();
        let offset = 0;
        const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
          const length = node.textContent?.length ?? 0;
          if (start >= offset && start < offset + length) range.setStart(node, start - offset);
          const end = start + wanted.length;
          if (end > offset && end <= offset + length) range.setEnd(node, end - offset);
          offset += length;
        }
        const box = range.getBoundingClientRect();
        return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      }
      return undefined;
    }, text);
    assert.ok(place, `${text} is not on the screen`);
    return place;
  });
}

/** Puts the cursor into the middle of a text. */
export async function clickText(page: Page, text: string): Promise<void> {
  const { x, y } = await placeOf(page, text);
  await page.mouse.click(x, y);
}

/** Points at a text until the hover shows, and returns what it says. */
export async function hoverText(page: Page, text: string): Promise<string> {
  return await eventually(async () => {
    const { x, y } = await placeOf(page, text);
    await page.mouse.move(x + 200, y + 60);
    await page.mouse.move(x, y, { steps: 4 });
    const hover = page.locator(".monaco-hover:not(.hidden) .monaco-hover-content").first();
    await hover.waitFor({ timeout: 3000 });
    return await hover.innerText();
  });
}

/** Clicks on a text and then on the light bulb, and returns the titles in its menu. */
export async function openLightBulb(page: Page, text: string): Promise<string[]> {
  await eventually(async () => {
    await page.keyboard.press("Escape");
    await clickText(page, text);
    await page.locator(".lightBulbWidget.codicon, [class*=codicon-gutter-lightbulb]").first().click({ timeout: 3000 });
    await page.locator(".action-widget .monaco-list-row.action").first().waitFor({ timeout: 3000 });
  });
  return await page.locator(".action-widget .monaco-list-row.action").allInnerTexts();
}

export async function chooseAction(page: Page, title: string): Promise<void> {
  await page.locator(".action-widget .monaco-list-row.action").filter({ hasText: title }).first().click();
}

/** What the language status (the braces in the status bar) says. */
export async function languageStatus(page: Page): Promise<string> {
  await page.locator('[id="status.languageStatus"]').hover({ timeout: 3000 });
  const status = page.locator(".hover-language-status").first();
  await status.waitFor({ timeout: 3000 });
  const text = (await status.innerText()).replaceAll("\n", " ");
  await page.mouse.move(640, 300);
  await status.waitFor({ state: "detached", timeout: 3000 });
  return text;
}

/** The rendered page of the markdown preview that is open. */
export async function previewText(page: Page): Promise<string> {
  const preview = page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  return await preview.locator("body").innerText({ timeout: 3000 });
}

/** What the notifications on the screen say. */
export async function notifications(page: Page): Promise<string[]> {
  return await page.locator(".notification-toast .notification-list-item-message").allInnerTexts();
}

/**
 * What all notifications say, in the list that is opened for that: what comes as the fourth in 800 ms is not shown by itself
 * (`SPAM_PROTECTION` in VS Code's notificationsToasts.ts), and tests are faster than people.
 */
export async function notificationList(page: Page): Promise<string[]> {
  const list = page.locator(".notifications-center.visible");
  if (!(await list.isVisible())) await runCommand(page, "Notifications: Show Notifications");
  return await list.locator(".notification-list-item-message").allInnerTexts();
}

/** Presses a button of the notification that contains `text`, until it goes: one that moves, because another one went, misses the click. */
export async function answerNotification(page: Page, text: string, button: string, timeoutMs?: number): Promise<void> {
  const toast = page.locator(".notification-toast", { hasText: text });
  await toast.waitFor(timeoutMs === undefined ? {} : { timeout: timeoutMs });
  await eventually(async () => {
    if (await toast.isVisible())
      await toast.getByRole("button", { name: button, exact: true }).click({ timeout: 3000 });
    await toast.waitFor({ state: "hidden", timeout: 3000 });
  });
}

/** The entries of the Problems view that are on the screen. */
export async function problems(page: Page): Promise<string[]> {
  const rows = await page.locator(".markers-panel .monaco-list-row").allInnerTexts();
  return rows.map((row) => row.replaceAll(/\s+/g, " ").trim());
}
