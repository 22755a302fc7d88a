import { closureAdvice } from "./advice.ts";
import { analyseClosure, type ClosureAnalysis } from "./analyseClosure.ts";
import { byRetainedSize } from "./byRetainedSize.ts";
import { formatByteDifference, formatBytes } from "./byteSizes.ts";
import { at, neighbours } from "./closureGraph.ts";
import { compareClosures } from "./compareClosures.ts";
import { describePlace } from "./describePlace.ts";
import { dominatedPaths } from "./dominatedPaths.ts";
import type { Baseline } from "./explorerMessages.ts";
import { moduleShares } from "./moduleShares.ts";
import { duplicatedPackages } from "./packages.ts";
import { nameOfStorePath } from "./storePathName.ts";
import { layOutTreemap, type TreemapCell } from "./treemap.ts";
import { labelRoom, shorten } from "./treemapLabel.ts";

const space = { width: 1200, height: 640, band: 18 };
const shownPaths = 300;
const shownChanges = 100;

/** A closure as one HTML file that needs nothing else: no script, no font, no picture from anywhere. */
export function closureReportPage(analysis: ClosureAnalysis, baseline?: Baseline): string {
  const { measurement, totalBytes, pathCount } = analysis;
  const { host, root, measuredAt, revision } = measurement;
  const title = `Closure of ${host || nameOfStorePath(root)}`;
  const facts = [
    `${pathCount} paths`,
    `measured ${measuredAt.slice(0, 16).replace("T", " ")} UTC`,
    ...(revision === undefined ? [] : [`commit ${revision.slice(0, 12)}`]),
  ];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${asText(title)}</title>
<style>${styles}</style>
</head>
<body>
<h1>${asText(title)}: ${formatBytes(totalBytes)}</h1>
<p>${asText(facts.join(" · "))}</p>
<p class="path">${asText(root)}</p>
${drawing(analysis)}
<p>An area is what would vanish with a path. Blue is listed in a module.</p>
${[changes(analysis, baseline), modules(analysis), advice(analysis), duplicates(analysis), paths(analysis)].filter((part) => part !== "").join("\n")}
</body>
</html>
`;
}

function drawing(analysis: ClosureAnalysis): string {
  const { graph, retainedBytes, measurement } = analysis;
  const dominated = dominatedPaths(analysis);
  const cells = layOutTreemap(
    { root: graph.root, bytesOf: (id) => at(retainedBytes, id), childrenOf: (id) => neighbours(dominated, id) },
    space,
  );
  const draw = ({ id, bytes, x, y, width, height, depth, hasChildren, hasBand }: TreemapCell): string => {
    const name = nameOfStorePath(measurement.paths[id]?.path ?? "");
    const isListed = (measurement.paths[id]?.addedBy.length ?? 0) > 0;
    const room = labelRoom(width);
    const hasName = (hasBand || !hasChildren) && height >= space.band && room > 0;
    const label = `${name} ${formatBytes(bytes)}`;
    const shown = label.length <= room ? label : shorten(name, room);
    const rect = `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"/>`;
    const text = hasName ? `<text x="${round(x + 5)}" y="${round(y + 13)}">${asText(shown)}</text>` : "";
    const className = isListed ? "listed" : `depth${Math.min(depth, 3)}`;
    return `<g class="${className}"><title>${asText(label)}</title>${rect}${text}</g>`;
  };
  return `<svg viewBox="0 0 ${space.width} ${space.height}" role="img" aria-label="Treemap of retained sizes">\n${cells.map(draw).join("\n")}\n</svg>`;
}

function changes(analysis: ClosureAnalysis, baseline: Baseline | undefined): string {
  if (!baseline) return "";
  const { bytesBefore, bytesAfter, packages } = compareClosures(analyseClosure(baseline.measurement), analysis);
  const rows = packages
    .slice(0, shownChanges)
    .map((each) => [
      each.name,
      each.versionsBefore.join(", "),
      each.versionsAfter.join(", "),
      formatByteDifference(each.bytesAfter - each.bytesBefore),
    ]);
  const title = `Compared with ${baseline.label}: ${formatByteDifference(bytesAfter - bytesBefore)}`;
  return section(title, ["Package", "Before", "After", "#Size"], rows);
}

function modules(analysis: ClosureAnalysis): string {
  const { measurement } = analysis;
  const rows = moduleShares(analysis).flatMap(({ file, places, freedBytes }) => [
    [describePlace({ file }), "", formatBytes(freedBytes)],
    ...places.map(({ place, paths, freedBytes }) => {
      const names = paths.map((path) => nameOfStorePath(measurement.paths[path]?.path ?? ""));
      const where = place.option === undefined ? "" : ` in ${place.option}`;
      return [
        place.line === undefined ? "" : `line ${place.line}`,
        `${names.join(", ")}${where}`,
        formatBytes(freedBytes),
      ];
    }),
  ]);
  return section("What modules add", ["Module", "Adds", "#Retained"], rows);
}

function advice(analysis: ClosureAnalysis): string {
  const rows = closureAdvice(analysis).map(({ offender, savesBytes }) => [
    offender.title,
    `${offender.reason} ${[offender.remedy, ...offender.options].join(" ")}`,
    formatBytes(savesBytes),
  ]);
  return section("What could go", ["What", "How", "#Saves"], rows);
}

function duplicates(analysis: ClosureAnalysis): string {
  const rows = duplicatedPackages(analysis).map(({ name, variants, spareBytes }) => [
    name,
    variants.map(({ version }) => version).join(", "),
    formatBytes(spareBytes),
  ]);
  return section("There more than once", ["Package", "Versions", "#Could be saved"], rows);
}

function paths(analysis: ClosureAnalysis): string {
  const { measurement, graph, retainedBytes, closureBytes, pathCount } = analysis;
  const shown = byRetainedSize(analysis).slice(0, shownPaths);
  const rows = shown.map((node) => {
    const [place] = measurement.paths[node]?.addedBy ?? [];
    const sizes = [retainedBytes, graph.ownBytes, closureBytes].map((bytes) => formatBytes(at(bytes, node)));
    return [nameOfStorePath(measurement.paths[node]?.path ?? ""), ...sizes, place ? describePlace(place) : ""];
  });
  const title = pathCount > shown.length ? `The heaviest ${shown.length} of ${pathCount} paths` : "Paths";
  return section(title, ["Path", "#Retained", "#Own", "#Closure", "Added by"], rows);
}

/** A heading that begins with `#` stands above numbers. */
function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const className = (column: number): string => (head[column]?.startsWith("#") ? ' class="number"' : "");
  const headings = head.map((text, column) => `<th${className(column)}>${asText(text.replace(/^#/, ""))}</th>`);
  const lines = rows.map(
    (row) => `<tr>${row.map((cell, column) => `<td${className(column)}>${asText(cell)}</td>`).join("")}</tr>`,
  );
  return `<h2>${asText(title)}</h2>\n<table>\n<tr>${headings.join("")}</tr>\n${lines.join("\n")}\n</table>`;
}

function asText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

const styles = `
:root { color-scheme: light dark; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 1240px; padding: 0 1em; color: CanvasText; background: Canvas; }
h1 { font-size: 1.6em; margin: 0; } h2 { font-size: 1.15em; margin: 2em 0 0.4em; } p { margin: 0.3em 0; }
.path { font-family: monospace; overflow-wrap: anywhere; }
svg { width: 100%; height: auto; margin: 1em 0 0; }
svg text { font-size: 12px; fill: CanvasText; }
svg rect { stroke: Canvas; fill: color-mix(in srgb, CanvasText 12%, Canvas); }
.depth0 rect { fill: color-mix(in srgb, CanvasText 4%, Canvas); }
.depth2 rect { fill: color-mix(in srgb, CanvasText 18%, Canvas); }
.depth3 rect { fill: color-mix(in srgb, CanvasText 24%, Canvas); }
.listed rect { fill: color-mix(in srgb, #3794ff 40%, Canvas); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 2px 14px 2px 0; border-bottom: 1px solid color-mix(in srgb, CanvasText 15%, Canvas); overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
`;
