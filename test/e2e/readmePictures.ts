// `npm run pictures` draws those of the bootstrap's panel in docs/images anew, from journals that were recorded in the lab.
import { join } from "node:path";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import { root } from "../../scripts/root.mjs";
import { startHarness } from "./panelHarness.ts";
import { journal, planFor, runMessage, upTo } from "./recordedRuns.ts";
import type { ThemeName } from "./themes.ts";

const height = 620;
const copying = (event: RunEvent): boolean =>
  event.type === "step-progress" &&
  event.done !== undefined &&
  event.total !== undefined &&
  event.done > event.total / 2;

const events = journal("copyCutOffThenResumed");
const messages = {
  Plan: planFor({ availableMiB: 620 }),
  Run: runMessage(upTo(events, copying), "running"),
  Failed: runMessage(
    upTo(events, ({ type }) => type === "run-finished"),
    "ended",
  ),
  Proven: runMessage(events, "ended"),
};
const themeSuffixes = { light: "Light", dark: "Dark", "high contrast": "HighContrast" } satisfies Record<
  ThemeName,
  string
>;

const server = await startHarness();
try {
  for (const [name, message] of Object.entries(messages))
    for (const [theme, suffix] of Object.entries(themeSuffixes)) {
      const panel = await server.open("bootstrapPanel");
      await panel.show(theme as ThemeName, 1100);
      await panel.page.setViewportSize({ width: 1100, height });
      await panel.send(message);
      await panel.page.screenshot({ path: join(root, `docs/images/bootstrap${name}${suffix}.png`) });
      await panel.close();
    }
} finally {
  await server.stop();
}
