import type { BuildEstimate } from "../../nix/estimateBuild.ts";
import { formatBytes } from "../byteSizes.ts";

/** `about 2.6 GB unpacked to fetch (930 paths, 612 MB to download), 41 to build` */
export function describeEstimate({ toBuild, toFetch, downloadBytes, unpackedBytes }: BuildEstimate): string {
  const paths = toFetch === 1 ? "1 path" : `${toFetch} paths`;
  const parts = [
    ...(toFetch > 0
      ? [`about ${formatBytes(unpackedBytes)} unpacked to fetch (${paths}, ${formatBytes(downloadBytes)} to download)`]
      : []),
    ...(toBuild > 0 ? [`${toBuild} to build`] : []),
  ];
  return parts.join(", ") || "something of it is missing in the store";
}
