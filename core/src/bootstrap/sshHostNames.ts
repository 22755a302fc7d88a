import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** As deep as OpenSSH follows Include (readconf.c, READCONF_MAX_DEPTH). */
const deepestInclude = 16;

/**
 * Names that an OpenSSH configuration has a Host line for, in their order, with those of files it includes. Only names: what they
 * mean is asked of OpenSSH itself (`resolveSshTarget`). Patterns are left out. A file that cannot be read has none.
 */
export async function sshHostNames(configFile: string = join(homedir(), ".ssh/config")): Promise<string[]> {
  return [...new Set(await namesIn(configFile, 0))];
}

async function namesIn(file: string, depth: number): Promise<string[]> {
  const names: string[] = [];
  for (const [keyword, ...words] of configLines(readText(file))) {
    if (keyword === "host") names.push(...words.filter((word) => !/[*?!]/.test(word)));
    if (keyword !== "include" || depth >= deepestInclude) continue;
    for (const pattern of words) {
      const path = pattern.replace(/^~(?=\/)/, homedir());
      // A relative path is one in ~/.ssh (ssh_config(5), Include).
      const absolute = isAbsolute(path) ? path : join(homedir(), ".ssh", path);
      for await (const included of glob(absolute)) names.push(...(await namesIn(included, depth + 1)));
    }
  }
  return names;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Lines as words: a keyword in lower case, perhaps with `=` behind it, and arguments that may be quoted. */
function configLines(text: string): string[][] {
  return text.split("\n").flatMap((line) => {
    const [, keyword = "", rest = ""] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
    if (keyword === "") return [];
    const words = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
    return [[keyword.toLowerCase(), ...words]];
  });
}
