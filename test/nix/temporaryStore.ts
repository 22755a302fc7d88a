import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa, execaSync } from "execa";

/** A path as a store is told of it. */
export interface RegisteredPath {
  readonly path: string;
  readonly bytes: number;
  readonly references: readonly string[];
}

/** A store of the real Nix in a directory of its own; nothing of this computer's is read or written. */
export interface TemporaryStore {
  /** Holds the store and what else a test needs. */
  readonly directory: string;
  /** Variables with which `nix` uses the store. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes paths known with the sizes they are said to have, without any content (nix-store --load-db). */
  register(paths: readonly RegisteredPath[]): Promise<void>;
  /** Runs `nix` in the store and gives what it prints. */
  nix(...args: readonly string[]): Promise<string>;
  remove(): void;
}

/** The Nix under test: `NIXOS_VPS_NIX`, else the one on PATH. */
export const nixProgram = process.env["NIXOS_VPS_NIX"] ?? "nix";

const settings = [
  "experimental-features = nix-command flakes",
  "build-users-group =",
  "sandbox = false",
  "substituters =",
  "flake-registry =",
].join("\n");

/** The directory `/nix/store` is part of what names hash, so every store has names of its own. */
export function temporaryStore(): TemporaryStore {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "nixos-vps-store-")));
  mkdirSync(join(directory, "store"));
  const env = {
    HOME: directory,
    NIX_STORE_DIR: join(directory, "store"),
    NIX_STATE_DIR: join(directory, "state"),
    NIX_LOG_DIR: join(directory, "log"),
    NIX_CONF_DIR: join(directory, "etc"),
    NIX_REMOTE: "",
    NIX_CONFIG: settings,
    NIXOS_VPS_STATE_DIR: join(directory, "nixos-vps"),
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
  const nixStore = nixProgram === "nix" ? "nix-store" : join(dirname(nixProgram), "nix-store");
  return {
    directory,
    env,
    async register(paths) {
      await execa(nixStore, ["--load-db"], { env, input: paths.map(registration).join("") });
    },
    async nix(...args) {
      const { stdout } = await execa(nixProgram, args, { env, maxBuffer: 500_000_000 });
      return stdout;
    },
    remove: () => {
      // Nix takes the right to write from what is in the store.
      execaSync("chmod", ["-R", "u+w", directory]);
      // What a process that is being ended still writes makes a directory not empty.
      rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** What nix-store(1) reads: path, hash, size, deriver, number of references, references. */
function registration({ path, bytes, references }: RegisteredPath): string {
  return [path, "ab".repeat(32), String(bytes), "", String(references.length), ...references, ""].join("\n");
}
