import assert from "node:assert/strict";
import type { ToPanel } from "../../core/src/bootstrap/panelMessages.ts";
import type { PanelHarness } from "./panelHarness.ts";
import type { ThemeName } from "./themes.ts";
import { screenshotPath } from "./vscode.ts";

/** Shows it in every theme, narrow and wide; nothing may be wider than the panel. Leaves pictures under that name. */
export async function assertPanelFits(panel: PanelHarness, name: string, message: ToPanel): Promise<void> {
  for (const theme of ["light", "dark", "high contrast"] satisfies ThemeName[]) {
    for (const width of [300, 1200]) {
      await panel.show(theme, width);
      await panel.send(message);
      const wide = await panel.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wide <= 0, `${theme}, ${width} pixels: ${wide} pixels too wide`);
      await panel.page.screenshot({ path: await screenshotPath(`panel ${name} ${theme} ${width}`), fullPage: true });
    }
  }
  assert.deepEqual(panel.complaints, []);
}
