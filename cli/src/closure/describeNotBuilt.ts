import { formatBytes } from "../../../core/src/closure/byteSizes.ts";
import type { NotBuilt } from "../../../core/src/closure/measuring/measureClosure.ts";
import { plural } from "../plural.ts";

/** What it would take to have a system that is not in the store. */
export function describeNotBuilt({ toplevel, estimate }: NotBuilt): string {
  const { toBuild, toFetch, downloadBytes, unpackedBytes } = estimate;
  const parts = [
    ...(toFetch > 0
      ? [
          `about ${formatBytes(unpackedBytes)} unpacked to fetch (${plural(toFetch, "path")}, ${formatBytes(downloadBytes)} to download)`,
        ]
      : []),
    ...(toBuild > 0 ? [`${toBuild} to build`] : []),
  ];
  return `${toplevel} is not in the store: ${parts.join(", ") || "something of it is missing"}. --build does that and weighs it.`;
}
