import type { ExplorerAsks, ExplorerShows } from "../../core/src/closure/explorerMessages.ts";
import { type Figure, milliseconds, percentile } from "../bench/figures.ts";
import { syntheticClosure } from "../syntheticClosure.ts";
import { type PanelHarness, startHarness } from "./panelHarness.ts";

type Explorer = PanelHarness<ExplorerShows, ExplorerAsks>;

const runs = 5;

/** The explorer in Chromium: from the message to the picture, and what follows a click, a key and a turn of the wheel. */
export async function benchExplorer(): Promise<Figure[]> {
  const server = await startHarness();
  try {
    const figures: Figure[] = [];
    for (const paths of [3_000, 10_000]) {
      const name = `explorer, ${paths.toLocaleString("en")} paths`;
      const message: ExplorerShows = {
        kind: "closure",
        measurement: syntheticClosure(paths),
        notices: [],
        choices: [],
      };
      const first: number[] = [];
      let rest: Omit<Timings, "firstPaint"> | undefined;
      for (let run = 0; run < runs; run++) {
        const explorer = await server.open("closureExplorer");
        const { firstPaint, ...others } = await time(explorer, message);
        first.push(firstPaint);
        rest = others;
        await explorer.close();
      }
      const budget = paths === 3_000 ? "200 ms" : "";
      figures.push({
        what: `${name}: message to first picture`,
        measured: milliseconds(percentile(first, 0.5)),
        budget,
      });
      if (!rest) continue;
      figures.push(
        { what: `${name}: zoom into a path`, measured: milliseconds(rest.zoom), budget: "100 ms" },
        { what: `${name}: a key in the search`, measured: milliseconds(rest.search), budget: "100 ms" },
        { what: `${name}: a tick, with the new total`, measured: milliseconds(rest.tick), budget: "100 ms" },
        { what: `${name}: frame while the table scrolls, p95`, measured: milliseconds(rest.scroll), budget: "17 ms" },
      );
    }
    return figures;
  } finally {
    await server.stop();
  }
}

interface Timings {
  readonly firstPaint: number;
  readonly zoom: number;
  readonly search: number;
  readonly tick: number;
  /** A frame that lasts longer than those of a screen was held up by us. */
  readonly scroll: number;
}

function time({ page }: Explorer, message: ExplorerShows): Promise<Timings> {
  return page.evaluate(async (sent) => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    /** Until the frame after the one that draws it has begun. */
    const until = async (act: () => void): Promise<number> => {
      await frame();
      const start = performance.now();
      act();
      await frame();
      await frame();
      return performance.now() - start;
    };
    const element = <Kind extends Element>(selector: string): Kind => document.querySelector(selector) as Kind;
    const firstPaint = await until(() => window.dispatchEvent(new MessageEvent("message", { data: sent })));
    const zoom = await until(() => {
      const names = [...document.querySelectorAll(".treemap text")];
      const area = names.find(({ textContent }) => textContent?.startsWith("clang"))?.previousElementSibling;
      area?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    });
    const field = element<HTMLInputElement>("input[type=search]");
    const search = await until(() => {
      field.value = "ssl";
      field.dispatchEvent(new Event("input"));
    });
    field.value = "";
    field.dispatchEvent(new Event("input"));
    const tick = await until(() => element<HTMLInputElement>(".details input[type=checkbox]").click());
    [...document.querySelectorAll<HTMLElement>("[role=tab]")]
      .find(({ textContent }) => textContent === "Table")
      ?.click();
    await frame();
    const scroller = element<HTMLElement>(".scroller");
    const frames: number[] = [];
    let before = await frame();
    for (let step = 0; step < 120; step++) {
      scroller.scrollTop += 400;
      const now = await frame();
      frames.push(now - before);
      before = now;
    }
    frames.sort((a, b) => a - b);
    return { firstPaint, zoom, search, tick, scroll: frames[Math.floor(frames.length * 0.95)] ?? 0 };
  }, message as unknown);
}
