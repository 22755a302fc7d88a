/** The names of an absolute path; doubled and trailing slashes do not count. */
export function segmentsOf(path: string): readonly string[] {
  return path.split("/").filter((segment) => segment !== "" && segment !== ".");
}

/** `//etc/ssh/` as `/etc/ssh`; undefined for anything but an absolute path. */
export function normalizePath(path: string): string | undefined {
  return path.startsWith("/") ? `/${segmentsOf(path).join("/")}` : undefined;
}

/** Whether a normalized path lies below another one, by whole segments: `/etc/sshx` is not below `/etc/ssh`. */
export function isBelow(path: string, ancestor: string): boolean {
  return ancestor === "/" ? path !== "/" && path.startsWith("/") : path.startsWith(`${ancestor}/`);
}

export function isSameOrBelow(path: string, ancestor: string): boolean {
  return path === ancestor || isBelow(path, ancestor);
}

/** The directories above a normalized path, nearest first, without `/`. */
export function ancestorsOf(path: string): readonly string[] {
  const segments = segmentsOf(path);
  return segments.slice(1).map((_, index) => `/${segments.slice(0, segments.length - 1 - index).join("/")}`);
}
