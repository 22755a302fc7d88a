import { markdownCode, markdownTable, markdownText } from "../markdown.ts";
import { analyseClosure, type ClosureAnalysis } from "./analyseClosure.ts";
import { formatByteDifference, formatBytes } from "./byteSizes.ts";
import { at } from "./closureGraph.ts";
import { compareClosures } from "./compareClosures.ts";
import { describePlace } from "./describePlace.ts";
import type { Measurement } from "./measurement.ts";
import { nameOfStorePath } from "./storePathName.ts";
import { withoutPaths } from "./withoutPaths.ts";

export interface MarkdownOptions {
  readonly baseline?: { readonly label: string; readonly measurement: Measurement } | undefined;
  /** Paragraphs directly below the title. */
  readonly lead?: readonly string[];
  /** What the closure is tried without. */
  readonly ticked?: readonly number[];
}

const shownPaths = 25;
const shownChanges = 15;

/** A closure as Markdown for an issue or a pull request: its heaviest paths, what it is tried without, what changed. */
export function closureMarkdown(
  analysis: ClosureAnalysis,
  { baseline, lead = [], ticked = [] }: MarkdownOptions = {},
): string {
  const { measurement, graph, totalBytes, pathCount, retainedBytes, closureBytes } = analysis;
  const { host, root, measuredAt, revision } = measurement;
  const name = (node: number): string => nameOfStorePath(measurement.paths[node]?.path ?? "");
  const heaviest = Array.from(graph.order)
    .filter((node) => node !== graph.root)
    .sort((a, b) => at(retainedBytes, b) - at(retainedBytes, a))
    .slice(0, shownPaths);
  const rows = heaviest.map((node) => {
    const [place] = measurement.paths[node]?.addedBy ?? [];
    const addedBy = place ? markdownCode(describePlace(place)) : "";
    const sizes = [retainedBytes, graph.ownBytes, closureBytes].map((bytes) => formatBytes(at(bytes, node)));
    return [markdownCode(name(node)), ...sizes, addedBy];
  });
  const commit = revision === undefined ? "" : `, commit ${revision.slice(0, 8)}`;
  const parts = [
    `## Closure of ${host === "" ? markdownCode(nameOfStorePath(root)) : markdownText(host)}: ${formatBytes(totalBytes)}, ${pathCount} paths`,
    ...lead,
    `Measured ${measuredAt.slice(0, 16).replace("T", " ")} UTC${commit}. Retained is what would vanish with a path; these add up. Closures overlap.`,
    markdownTable(["path", "retained", "own", "closure", "added by"], [2, 3, 4], rows),
  ];
  if (ticked.length > 0) {
    const { freedBytes, totalBytes: left } = withoutPaths(graph, ticked);
    parts.push(
      `Without ${ticked.map((node) => markdownCode(name(node))).join(", ")}: -${formatBytes(freedBytes)}, ${formatBytes(left)} left.`,
    );
  }
  if (baseline) parts.push(changes(analyseClosure(baseline.measurement), analysis, baseline.label));
  return `${parts.join("\n\n")}\n`;
}

function changes(before: ClosureAnalysis, after: ClosureAnalysis, label: string): string {
  const { bytesBefore, bytesAfter, packages } = compareClosures(before, after);
  const rows = packages
    .slice(0, shownChanges)
    .map((each) => [
      markdownCode(each.name),
      each.versionsBefore.join(", "),
      each.versionsAfter.join(", "),
      formatByteDifference(each.bytesAfter - each.bytesBefore),
    ]);
  const title = `### Since ${markdownText(label)}: ${formatByteDifference(bytesAfter - bytesBefore)}`;
  return rows.length === 0 ? title : `${title}\n\n${markdownTable(["package", "before", "after", "size"], [4], rows)}`;
}
