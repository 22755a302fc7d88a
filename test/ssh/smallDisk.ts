import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const withoutSmallDisks =
  spawnSync("unshare", ["--user", "--map-root-user", "--mount", "true"]).status !== 0 &&
  "no file system can be mounted in a namespace of its own";

/** What a tmpfs gives out at once. */
const pageBytes = 4096;

/** A file system in memory over a folder, which only programs that are started inside see there. */
export interface SmallDisk {
  /** Words that start a program inside. */
  readonly inside: readonly [string, ...string[]];
  /** Where its files are seen from outside. */
  readonly path: string;
  /** Leaves no more room on it than some pages. */
  fill(pagesLeft: number): void;
  /** Takes that away again. */
  empty(): void;
  remove(): void;
}

export async function createSmallDisk(folder: string, kib: number): Promise<SmallDisk> {
  mkdirSync(folder, { recursive: true });
  const mount = 'mount -t tmpfs -o "size=$1k" tmpfs "$0" && echo mounted && exec cat';
  // It lives as long as a process is in the namespace.
  const holder = spawn("unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", mount, folder, String(kib)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [said] = await Promise.race([once(holder.stdout, "data"), once(holder, "exit")]);
  if (!String(said).includes("mounted")) throw new Error(`no file system was mounted on ${folder}`);
  const path = `/proc/${holder.pid}/root${folder}`;
  const filler = join(path, "filler");
  return {
    inside: ["nsenter", `--target=${holder.pid}`, "--user", "--mount", "--preserve-credentials"],
    path,
    fill(pagesLeft) {
      try {
        for (;;) writeFileSync(filler, Buffer.alloc(pageBytes), { flag: "a" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
      truncateSync(filler, statSync(filler).size - pagesLeft * pageBytes);
    },
    empty: () => rmSync(filler, { force: true }),
    remove: () => void holder.kill("SIGKILL"),
  };
}
