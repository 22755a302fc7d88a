/** An estimate, as coarse as it is uncertain. */
export function timeLeft(seconds: number): string {
  if (seconds < 5) return "a few seconds left";
  if (seconds < 55) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  if (seconds < 90 * 60) return `about ${Math.max(1, Math.round(seconds / 60))} min left`;
  return `about ${Math.round(seconds / 3600)} h left`;
}

/** Decimal units, as disks and networks count. */
export function bytes(count: number): string {
  if (count < 999_500) return `${Math.round(count / 1e3)} kB`;
  if (count < 9.95e6) return `${(count / 1e6).toFixed(1)} MB`;
  if (count < 999.5e6) return `${Math.round(count / 1e6)} MB`;
  return `${(count / 1e9).toFixed(1)} GB`;
}

/** How far a copy is: `2.0 of 62 MB` says the same as `2.0 MB of 62 MB` in less. */
export function bytesOf(done: number, total: number): string {
  const [all, unit = ""] = bytes(total).split(" ");
  const scale = { kB: 1e3, MB: 1e6, GB: 1e9 }[unit] ?? 1;
  const digits = all?.includes(".") ? 1 : 0;
  return `${(Math.min(done, total) / scale).toFixed(digits)} of ${all} ${unit}`;
}

/** The time of day on this computer, of an ISO 8601 time or milliseconds since 1970. */
export function timeOfDay(time: string | number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}
