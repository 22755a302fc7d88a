import type { Finding } from "../rules/finding.ts";
import type { RuleSettings } from "../rules/ruleSettings.ts";
import type { NixParser } from "../syntax/nixParser.ts";
import type { HostInstallation } from "./hostInstallation.ts";
import type { WrittenAddition } from "./writtenAdditions.ts";

/** A host of the flake as the static model sees it. */
export interface HostSummary {
  readonly name: string;
  /** The attribute name under `nixosConfigurations`, where a code lens belongs. */
  readonly file: string;
  readonly start: number;
  readonly end: number;
  /** Absolute paths of the module files that reach the host. */
  readonly modules: readonly string[];
  /** False when some import could not be followed. */
  readonly complete: boolean;
}

export interface FlakeProjectOptions {
  /** Absolute path of the directory that holds `flake.nix`, or of any directory of Nix modules. */
  readonly root: string;
  readonly parser: NixParser;
  readonly settings: RuleSettings;
  /** Called once per rule and file when a rule throws; the other rules go on. */
  readonly onRuleError: (error: { rule: string; file: string; error: unknown }) => void;
}

export interface LoadOptions {
  readonly signal?: AbortSignal;
  /** Called with the number of files read so far and in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** One flake: its files (open buffers over disk), its model and its findings. Paths are absolute and normalized. */
export interface FlakeProject {
  readonly root: string;
  /** Finds and parses every Nix file below the root; yields to the event loop between files. Rejects with `signal.reason` when aborted. */
  load(options?: LoadOptions): Promise<void>;
  /**
   * Computes the findings while other work gets its turns, so that `findings` answers at once; starts over when something changes
   * meanwhile. Rejects with `signal.reason` when aborted.
   */
  check(signal?: AbortSignal): Promise<void>;
  /** Puts the text of an open buffer over the file on disk. */
  openBuffer(path: string, text: string): void;
  /** The file is read from disk again. */
  closeBuffer(path: string): void;
  /** Files or directories were created, changed, renamed or deleted on disk. Also call it for flake.lock, .gitignore and secrets. */
  filesChanged(paths: readonly string[]): void;
  /** Settings changed; findings are computed anew on the next call. */
  configure(settings: RuleSettings): void;
  /** Nix files of the project, sorted. */
  files(): readonly string[];
  /** Text of a Nix file as the model sees it (buffer, else disk), or undefined when it is not part of the project. */
  text(path: string): string | undefined;
  /** Findings of one file, or of all, sorted by file and start. Cached until something changes. */
  findings(path?: string): readonly Finding[];
  hosts(): readonly HostSummary[];
  /** How a host is installed, as far as its modules say; undefined when there is no host of that name. */
  installation(host: string): HostInstallation | undefined;
  /** Where packages and files are written that modules of a host add to the system; empty when there is no host of that name. */
  writtenAdditions(host: string): readonly WrittenAddition[];
  /** Frees the syntax trees. */
  dispose(): void;
}
