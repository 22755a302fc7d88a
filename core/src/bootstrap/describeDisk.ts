import type { DiskIdentity } from "./diskScripts.ts";

/** `QEMU HARDDISK, 4.3 GB, serial x` */
export function describeDisk({ model, sizeBytes, serial }: DiskIdentity): string {
  const size = `${(sizeBytes / 1e9).toFixed(1)} GB`;
  return [...(model === "unknown" ? [] : [model]), size, ...(serial === "unknown" ? [] : [`serial ${serial}`])].join(
    ", ",
  );
}
