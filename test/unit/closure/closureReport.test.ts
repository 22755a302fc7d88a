import assert from "node:assert/strict";
import { test } from "node:test";
import { closureReport, type ReportQuestions } from "../../../cli/src/closure/closureReport.ts";
import { describeFit } from "../../../cli/src/closure/describeClosure.ts";
import { formatClosureMarkdown } from "../../../cli/src/closure/formatClosureMarkdown.ts";
import { formatClosureText } from "../../../cli/src/closure/formatClosureText.ts";
import { analyseClosure } from "../../../core/src/closure/analyseClosure.ts";
import { closureFit } from "../../../core/src/closure/fits.ts";
import { outlinedMeasurement } from "./closures.ts";

const analysis = analyseClosure(
  outlinedMeasurement({
    "system-1": [0, "linux-firmware-20240513", "hyprland-0.40.0", "hyprpaper-0.7"],
    "linux-firmware-20240513": [787e6],
    "hyprland-0.40.0": [200e6],
    "hyprpaper-0.7": [10e6],
  }),
);
const nothing: ReportQuestions = {
  budget: undefined,
  target: { size: {}, source: undefined },
  why: undefined,
  without: [],
  before: undefined,
};

test("advice is wrapped to a terminal, and to nothing else", () => {
  const report = closureReport(analysis, nothing);
  const adviceAt = (columns: number | undefined): string[] => {
    const lines = formatClosureText(report, { colours: false, columns }).split("\n");
    return lines.slice(lines.findIndex((line) => line.startsWith("What could go")) + 1);
  };
  const wide = adviceAt(undefined);
  const narrow = adviceAt(60);
  const isOption = (line: string): boolean => line.includes(" = ");
  assert.ok(wide.some((line) => !isOption(line) && line.length > 100));
  for (const line of narrow) assert.ok(isOption(line) || line.length <= 60, line);
  const words = (lines: readonly string[]): string[] => lines.join(" ").trim().split(/\s+/);
  assert.deepEqual(words(narrow), words(wide));
});

test("the verdicts of a Markdown report stand directly below its title", () => {
  const report = closureReport(analysis, {
    ...nothing,
    budget: { maxClosure: 500e6 },
    target: { size: { diskBytes: 20e9 }, source: undefined },
  });
  const [title, verdict, violations, fit] = formatClosureMarkdown(report).split("\n\n");
  assert.match(title ?? "", /^## Closure of vps: 997 MB, 4 paths$/);
  assert.equal(verdict, "**Over its budget**: 997 MB of 500 MB.");
  assert.match(violations ?? "", /^- The closure has 997 MB, 497 MB more/);
  assert.equal(fit, "**Does it fit?** fits the disk.");
});

test("what is asked is answered alone, with the verdicts", () => {
  const asked = { ...nothing, without: ["linux-firmware", "hyprpaper"], budget: { maxClosure: 500e6 } };
  const text = formatClosureText(closureReport(analysis, { ...asked, why: "hyprland" }), {
    colours: false,
    columns: undefined,
  });
  assert.equal(
    text,
    `vps  997 MB · 4 paths
${analysis.measurement.root}

Why it is there
  system-1
  └─ hyprland-0.40.0

Without linux-firmware, hyprpaper  200 MB · 2 paths (-797 MB)
    787 MB  - linux-firmware-20240513
     10 MB  - hyprpaper-0.7

Budget  over its budget: 997 MB of 500 MB
  The closure has 997 MB, 497 MB more than the 500 MB it may have.
`,
  );
  const unasked = formatClosureText(closureReport(analysis, nothing), { colours: false, columns: undefined });
  assert.match(unasked, /\nWhat vanishes with what\n/);
});

test("where the size of the machine is known from stands beside the verdict", () => {
  const target = { size: { diskBytes: 20e9 }, source: "as facts.json has it" };
  const report = closureReport(analysis, { ...nothing, target });
  const text = formatClosureText(report, { colours: false, columns: undefined });
  assert.match(text, /\nDoes it fit\? {2}fits the disk \(the machine as facts\.json has it\)\n/);
  assert.match(
    formatClosureMarkdown(report),
    /\*\*Does it fit\?\*\* fits the disk \(the machine as facts\.json has it\)\.\n/,
  );
});

test("disk and memory have a verdict each", () => {
  const of = (diskBytes: number | undefined, ramBytes: number | undefined): string => {
    const fit = closureFit(2.6e9, { diskBytes, ramBytes });
    return fit ? describeFit(fit) : "";
  };
  assert.equal(of(20e9, 512e6), "fits the disk; cannot be bootstrapped");
  assert.equal(of(2e9, 4e9), "does not fit the disk; can be bootstrapped");
  assert.equal(of(5e9, undefined), "fits the disk, and is tight");
  assert.equal(of(undefined, 4e9), "can be bootstrapped");
});

test("a part of a name is told how it would be found", () => {
  const ask = (why: string): void => void closureReport(analysis, { ...nothing, why });
  assert.throws(() => ask("hypr"), {
    message: 'nothing in the closure is called "hypr"; "*hypr*" would match hyprland-0.40.0 and 1 more',
  });
  assert.throws(() => ask("hyperland"), {
    message: 'nothing in the closure is called "hyperland"; did you mean "hyprland"?',
  });
  assert.throws(() => ask("x*"), { message: 'nothing in the closure is called "x*"' });
});
