import { worstVerdict } from "../../../core/src/bootstrap/memoryForecast.ts";
import { formatByteDifference, formatBytes } from "../../../core/src/closure/byteSizes.ts";
import type { ClosureDifference } from "../../../core/src/closure/compareClosures.ts";
import type { Fit } from "../../../core/src/closure/fits.ts";
import type { ClosurePackage } from "../../../core/src/closure/packages.ts";

const fitVerdicts = {
  disk: { ok: "fits the disk", tight: "fits the disk, and is tight", blocked: "does not fit the disk" },
  memory: {
    ok: "can be bootstrapped",
    tight: "can be bootstrapped, and the memory is tight",
    blocked: "cannot be bootstrapped",
  },
} as const;

/** `fits the disk; cannot be bootstrapped`, of what is known of the machine. */
export function describeFit({ rows }: Fit): string {
  return (["disk", "memory"] as const)
    .flatMap((part) => {
      const own = rows.filter(({ of }) => of === part);
      return own.length === 0 ? [] : [fitVerdicts[part][worstVerdict(own)]];
    })
    .join("; ");
}

const mostVersions = 4;

/** `3.0.14 and 1.1.1w`, or `3.0.14 in 2 builds`. */
export function describeVersions(variants: readonly ClosurePackage[]): string {
  const builds = new Map<string, number>();
  for (const { version } of variants) builds.set(version, (builds.get(version) ?? 0) + 1);
  const texts = [...builds].map(([version, count]) => (count === 1 ? version : `${version} in ${count} builds`));
  if (texts.length > mostVersions)
    return `${texts.slice(0, mostVersions).join(", ")} and ${texts.length - mostVersions} more versions`;
  return texts.length === 1 ? (texts[0] ?? "") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}

/** `Since abc123: +120 MB (2.5 GB to 2.6 GB), 3 paths more`. */
export function differenceTitle(
  from: string,
  { bytesBefore, bytesAfter, pathsBefore, pathsAfter }: ClosureDifference,
): string {
  const paths = pathsAfter - pathsBefore;
  const count = paths === 0 ? "as many paths" : `${Math.abs(paths)} ${paths > 0 ? "more" : "fewer"} paths`;
  return `Compared with ${from}  ${formatByteDifference(bytesAfter - bytesBefore)} (${formatBytes(bytesBefore)} to ${formatBytes(bytesAfter)}), ${count}`;
}
