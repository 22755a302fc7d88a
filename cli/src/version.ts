import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The version in the package.json beside the bundle's directory. */
export async function version(bundleDirectory: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(bundleDirectory, "..", "package.json"), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  throw new Error("package.json has no version");
}
