/** Seconds up to a minute, then minutes: `0.2 s`, `42 s`, `1 min 14 s`, `2 h 5 min`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  return wholeSeconds(seconds);
}

/** The same without tenths, for a time that goes on. */
export function elapsed(milliseconds: number): string {
  return wholeSeconds(Math.max(0, milliseconds) / 1000);
}

function wholeSeconds(exact: number): string {
  const seconds = Math.floor(exact);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
