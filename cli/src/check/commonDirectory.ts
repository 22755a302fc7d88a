import { access } from "node:fs/promises";
import { dirname, join, sep } from "node:path";

/** The deepest directory that holds all of these directories; absolute paths, at least one. */
export function commonDirectory(directories: readonly string[]): string {
  const [first = sep, ...others] = directories;
  const holds = (directory: string): boolean =>
    others.every(
      (other) => other === directory || other.startsWith(directory.endsWith(sep) ? directory : directory + sep),
    );
  let common = first;
  while (!holds(common)) common = dirname(common);
  return common;
}

/** The repository that code scanning and annotations name files in: where CI checked it out, else the nearest with `.git`. */
export async function checkoutOf(root: string, workspace: string | undefined): Promise<string> {
  if (workspace && commonDirectory([workspace, root]) === workspace) return workspace;
  for (let current = root; dirname(current) !== current; current = dirname(current)) {
    const found = await access(join(current, ".git")).then(
      () => true,
      () => false,
    );
    if (found) return current;
  }
  return root;
}
