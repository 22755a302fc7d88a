import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { type CopyOptions, copyToInstaller } from "../../core/src/bootstrap/copyToInstaller.ts";
import { createMachine } from "../../core/src/bootstrap/machine.ts";
import { pinKeys } from "../../core/src/bootstrap/pinnedKeys.ts";
import { type RunDirectory, runDirectory } from "../../core/src/bootstrap/runDirectory.ts";
import type { StepContext } from "../../core/src/bootstrap/step.ts";
import { NixFailed } from "../../core/src/nix/runNix.ts";
import { machineOptions, type SshServer, startSshServer } from "./sshServer.ts";

/** What a lost connection leaves on the other side is ended by its name, so no other may be at work here. */
function reasonToSkip(): string | false {
  if (process.getuid?.() !== 0) return "the installer is logged in to as root";
  if (spawnSync("nix", ["--version"]).status !== 0) return "Nix is not installed";
  const isReceiver = (pid: string): boolean => {
    try {
      const [program = "", mode] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return basename(program) === "nix-store" && mode === "--serve";
    } catch {
      return false;
    }
  };
  return readdirSync("/proc").some((pid) => /^\d+$/.test(pid) && isReceiver(pid)) && "another copy arrives here";
}

const skip = reasonToSkip();
const fileBytes = 3_000_000;
let directory: string;
let server: SshServer;
let files: RunDirectory;
let top: string;
let paths: string[];
const environment = { ...process.env };

before(async () => {
  if (skip) return;
  directory = mkdtempSync(join(tmpdir(), "nv-copy-"));
  writeFileSync(join(directory, "nix.conf"), "build-users-group =\nsubstituters =\nsandbox = false\n");
  const store = `local?root=${join(directory, "here")}`;
  Object.assign(process.env, { HOME: directory, NIX_CONF_DIR: directory, NIX_REMOTE: store });
  const nix = (...args: string[]): string => execFileSync(args[0] ?? "", args.slice(1), { encoding: "utf8" }).trim();
  paths = [1, 2, 3, 4].map((number) => {
    const file = join(directory, `file-${number}`);
    writeFileSync(file, randomBytes(fileBytes));
    return nix("nix-store", "--add", file);
  });
  const references = paths.map((path) => `\${builtins.storePath ${path}}`).join(" ");
  const features = ["--extra-experimental-features", "nix-command"];
  top = nix("nix", ...features, "eval", "--raw", "--impure", "--expr", `builtins.toFile "top" "${references}"`);
  server = await startSshServer({ config: [`SetEnv NIX_CONF_DIR=${directory} HOME=${directory}`] });
  files = runDirectory(directory, "run");
  mkdirSync(files.bin, { recursive: true });
  writeFileSync(files.privateKey, server.privateKey, { mode: 0o600 });
  pinKeys(files, [server.hostKey]);
});
after(() => {
  process.env = environment;
  server?.stop();
  if (!directory) return;
  spawnSync("chmod", ["-R", "u+w", directory]);
  rmSync(directory, { recursive: true });
});

/** A way to the server that is cut off each time so many bytes have gone through, as often as it is said. */
async function startCutter(bytes: number, cuts: number): Promise<{ readonly port: number; close(): void }> {
  let left = cuts;
  const proxy = createServer((client) => {
    const upstream = connect(server.port, "127.0.0.1");
    let sent = 0;
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on("error", cut).on("close", cut);
    upstream.on("data", (chunk) => client.write(chunk));
    client.on("data", (chunk) => {
      sent += chunk.length;
      if (sent > bytes && left > 0) {
        left--;
        cut();
      } else upstream.write(chunk);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, close: () => void proxy.close() };
}

/** Copies over a way that is cut; resolves to what was left before each attempt. */
async function copyOver(port: number, root: string, options: Partial<CopyOptions> = {}): Promise<number[]> {
  const machine = createMachine(
    () => ({
      target: { ...server.target, port, user: "root" },
      acceptedKeys: [server.hostKey],
      privateKey: server.privateKey,
    }),
    machineOptions,
  );
  const signal = new AbortController().signal;
  const nothing = (): void => undefined;
  const context = {
    ...{ machine, signal, directory: files, request: {}, notes: {} },
    ...{ log: nothing, progress: nothing, onStarted: nothing },
  } as unknown as StepContext;
  const left: number[] = [];
  const isThere = (path: string): boolean =>
    spawnSync("nix-store", ["--store", root, "--check-validity", path], { env: { ...process.env, NIX_REMOTE: "" } })
      .status === 0;
  try {
    await copyToInstaller(context, top, {
      root,
      timeoutMs: 120_000,
      onLine: nothing,
      async onAttempt() {
        left.push([...paths, top].filter((path) => !isThere(path)).length);
        return left.at(-1) ?? 0;
      },
      ...options,
    });
    assert.ok([...paths, top].every(isThere));
    return left;
  } finally {
    machine.close();
  }
}

test("a copy that is cut off goes on by itself, and what has arrived is not sent again", { skip }, async () => {
  const way = await startCutter(1.5 * fileBytes, 2);
  const left = await copyOver(way.port, join(directory, "there"));
  assert.equal(left.length, 3);
  assert.ok(
    left.every((count, index) => index === 0 || count < (left[index - 1] ?? 0)),
    String(left),
  );
  way.close();
});

test("a copy that brings nothing is given up after three attempts", { skip }, async () => {
  const way = await startCutter(fileBytes / 2, 1000);
  const left: number[] = [];
  await assert.rejects(
    copyOver(way.port, join(directory, "never"), {
      async onAttempt() {
        left.push(5);
        return 5;
      },
    }),
    NixFailed,
  );
  assert.equal(left.length, 3);
  way.close();
});
