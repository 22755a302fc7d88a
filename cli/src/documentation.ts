import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The documentation page of a rule in Markdown, or undefined when the installation lacks it. */
export async function documentationPage(rule: string, bundleDirectory: string): Promise<string | undefined> {
  return readFile(join(bundleDirectory, "..", "docs", "rules", `${rule}.md`), "utf8").catch(() => undefined);
}
