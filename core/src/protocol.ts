/**
 * What client and server say to each other beyond LSP: method names and plain JSON types.
 * URIs are strings; positions are LSP positions (zero-based lines, UTF-16 columns).
 */
import type { Severity } from "./rules/finding.ts";
import type { Position } from "./syntax/lineIndex.ts";

/** `initializationOptions` of `initialize`, client to server. */
export interface InitializationOptions {
  /** The client has the command `nixosVps.explainRule`, which takes a rule id. */
  readonly explainCommand?: boolean;
  /** The client's hovers show the message of the diagnostic by themselves, as VS Code's do. */
  readonly hoverShowsDiagnostics?: boolean;
  /** The client wants `nixosVps/status`. */
  readonly status?: boolean;
  /** The settings section `nixosVps`, for clients that do not answer `workspace/configuration`. */
  readonly settings?: unknown;
}

/** Name of the client command that shows the documentation of a rule; its one argument is the rule id. */
export const explainRuleCommand = "nixosVps.explainRule";

export type FindingCounts = Readonly<Record<Severity, number>>;

/** Request, client to server, without parameters: the hosts of every flake, once all flakes are read. */
export const hostsMethod = "nixosVps/hosts";

export interface FlakeHosts {
  /** URI of the directory that holds `flake.nix`. */
  readonly root: string;
  readonly hosts: readonly Host[];
}

export interface Host {
  readonly name: string;
  /** Where the host is named: the attribute under `nixosConfigurations`. */
  readonly uri: string;
  readonly range: { readonly start: Position; readonly end: Position };
  /** Module files of the flake that reach the host. */
  readonly modules: number;
  /** False when some import could not be followed. */
  readonly complete: boolean;
  /** Findings that concern the host. */
  readonly findings: FindingCounts;
}

/** Request, client to server: the packages that a document lists for hosts, as it is now. */
export const listedPackagesMethod = "nixosVps/listedPackages";

export interface ListedPackagesParams {
  readonly uri: string;
}

export interface ListedPackage {
  readonly range: { readonly start: Position; readonly end: Position };
  /** As it is written, such as `pkgs.zbar`. */
  readonly text: string;
  /** URI of the directory that holds `flake.nix`. */
  readonly root: string;
  /** Hosts that may get it, in the flake's order. */
  readonly hosts: readonly string[];
}

/** Request, client to server, without parameters: looks at the disk again and answers when everything is checked. */
export const checkWorkspaceMethod = "nixosVps/checkWorkspace";

export interface CheckedFlake {
  readonly root: string;
  readonly hosts: number;
  readonly files: number;
  readonly findings: FindingCounts;
}

/** Notification, server to client: sent whenever one of its fields changes. */
export const statusMethod = "nixosVps/status";

export interface Status {
  /** `error`: a flake could not be read; `message` says which and why. Its open documents are still checked. */
  readonly state: "starting" | "ready" | "error";
  readonly flakes: number;
  readonly hosts: number;
  readonly files: number;
  readonly findings: number;
  readonly message?: string;
}
