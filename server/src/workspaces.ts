import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { RuleSettings } from "../../core/src/rules/ruleSettings.ts";
import { contains, diskPath, documentPath, fileUri } from "./documentPath.ts";
import type { ServedFlake } from "./servedFlake.ts";

/** What changed: the text of one document, or anything else (files, folders, settings, a flake was read). */
export type Change = { readonly kind: "edit"; readonly uri: string } | { readonly kind: "other" };

/** Which flake answers for which document. */
export interface Workspaces {
  changeFolders(added: readonly string[], removed: readonly string[]): void;
  /** A document was opened, or its text changed. */
  openDocument(uri: string, text: string): void;
  closeDocument(uri: string): void;
  diskChanged(uris: readonly string[]): void;
  settingsChanged(): void;
  /** The flake that serves a document, once it is read; undefined for a closed document outside of all folders. */
  flakeOf(uri: string): Promise<ServedFlake | undefined>;
  /** Every flake, once all are read. */
  flakes(): Promise<readonly ServedFlake[]>;
  /** Every flake as far as it is read. */
  served(): readonly ServedFlake[];
  isReading(): boolean;
  /** Whether the flake answers for a file below its root; a flake nested in it answers for its own. */
  owns(flake: ServedFlake, path: string): boolean;
  /** The URI by which the client knows a file. */
  uriOf(path: string): string;
  /** Looks at the disk again, and reads what was not read because it was cancelled or failed. */
  recheck(): Promise<void>;
  onChange(listener: (change: Change) => void): void;
  dispose(): void;
}

export interface WorkspacesOptions {
  readonly createFlake: (place: { root: string; uri: string; extent: "disk" | "documents" }) => ServedFlake;
  /** Settings that hold for a directory; never rejects. */
  readonly settingsFor: (uri: string) => Promise<RuleSettings>;
  readonly onError: (error: unknown) => void;
}

/** A workspace folder that is no part of another one's flake. */
interface Folder {
  readonly uri: string;
  readonly root: string;
  /** Settles when the folder and the flakes nested in it are read. */
  reading: Promise<void>;
}

interface Entry {
  readonly flake: ServedFlake;
  /** Undefined for the flake of documents outside of all folders. */
  readonly folder: Folder | undefined;
}

export function createWorkspaces({ createFlake, settingsFor, onError }: WorkspacesOptions): Workspaces {
  const folderUris = new Set<string>();
  const folders = new Map<string, Folder>();
  const entries = new Map<string, Entry>();
  const documents = new Map<string, { uri: string; text: string }>();
  const listeners: ((change: Change) => void)[] = [];
  let pendingReads = 0;

  const notify = (change: Change): void => {
    for (const listener of listeners) listener(change);
  };

  const ownerOf = (path: string): Entry | undefined => {
    const entry = deepest(entries, path);
    return entry?.folder || entry?.flake.root === dirname(path) ? entry : undefined;
  };

  const add = (
    place: { root: string; uri: string; extent: "disk" | "documents" },
    folder: Folder | undefined,
  ): Entry => {
    const entry = { flake: createFlake(place), folder };
    entries.set(place.root, entry);
    for (const [path, { text }] of documents) {
      if (folder ? contains(place.root, path) : dirname(path) === place.root) entry.flake.openBuffer(path, text);
    }
    return entry;
  };

  const remove = ({ flake }: Entry): void => {
    entries.delete(flake.root);
    flake.dispose();
  };

  const read = async (flake: ServedFlake): Promise<void> => {
    await Promise.all([settingsFor(flake.uri).then((settings) => flake.configure(settings)), flake.read()]);
  };

  /** Flakes below a folder's root that are served, and those that should be. */
  const nestedFlakes = (folder: Folder): { served: readonly Entry[]; roots: ReadonlySet<string> } => {
    const { flake } = entries.get(folder.root) ?? {};
    const files = flake?.extent === "disk" ? flake.project.files() : [];
    const roots = new Set(files.filter((file) => basename(file) === "flake.nix").map((file) => dirname(file)));
    roots.delete(folder.root);
    return { served: [...entries.values()].filter((entry) => entry.folder === folder && entry.flake !== flake), roots };
  };

  const readNested = async (folder: Folder): Promise<void> => {
    const { served, roots } = nestedFlakes(folder);
    for (const entry of served) if (!roots.has(entry.flake.root)) remove(entry);
    for (const root of roots) {
      if (folders.get(folder.root) !== folder) return;
      if (!entries.get(root)?.folder) await read(add({ root, uri: fileUri(root), extent: "disk" }, folder).flake);
    }
  };

  const updateNested = (folder: Folder): void => {
    const { served, roots } = nestedFlakes(folder);
    const isCurrent =
      served.every(({ flake }) => roots.has(flake.root)) && [...roots].every((root) => entries.has(root));
    if (!isCurrent) void whileReading(folder, () => readNested(folder));
  };

  /** Queues work on a folder behind what is already under way there. */
  const whileReading = (folder: Folder, work: () => Promise<void>): Promise<void> => {
    pendingReads++;
    folder.reading = folder.reading
      .then(work)
      .catch(onError)
      .finally(() => {
        pendingReads--;
        notify({ kind: "other" });
      });
    return folder.reading;
  };

  const openFolder = (uri: string, root: string): void => {
    const folder: Folder = { uri, root, reading: Promise.resolve() };
    folders.set(root, folder);
    const { flake } = add({ root, uri, extent: diskPath(uri) === undefined ? "documents" : "disk" }, folder);
    void whileReading(folder, async () => {
      await read(flake);
      await readNested(folder);
    });
  };

  const closeFolder = (folder: Folder): void => {
    folders.delete(folder.root);
    for (const entry of [...entries.values()]) if (entry.folder === folder) remove(entry);
  };

  /** Documents outside of all folders are checked beside the open documents of their directory. */
  const reconcileLooseDocuments = (): void => {
    const roots = new Map<string, string>();
    for (const [path, { uri }] of documents) {
      if (!deepest(folders, path)) roots.set(dirname(path), uri);
    }
    for (const entry of [...entries.values()]) {
      if (!entry.folder && !roots.has(entry.flake.root)) remove(entry);
    }
    for (const [root, uri] of roots) {
      if (entries.has(root)) continue;
      const { flake } = add({ root, uri, extent: "documents" }, undefined);
      void read(flake).then(() => notify({ kind: "other" }));
    }
  };

  return {
    changeFolders(added, removed) {
      for (const uri of removed) folderUris.delete(uri);
      for (const uri of added) folderUris.add(uri);
      const wanted = separateFolders(folderUris);
      for (const folder of [...folders.values()]) if (!wanted.has(folder.root)) closeFolder(folder);
      // What a closed folder served may be part of one that stays.
      for (const folder of folders.values()) updateNested(folder);
      for (const [root, uri] of wanted) {
        if (folders.has(root)) continue;
        const nested = entries.get(root);
        if (nested) remove(nested);
        openFolder(uri, root);
      }
      reconcileLooseDocuments();
      notify({ kind: "other" });
    },
    openDocument(uri, text) {
      const path = documentPath(uri);
      documents.set(path, { uri, text });
      for (const { flake, folder } of entries.values()) {
        if (folder ? contains(flake.root, path) : dirname(path) === flake.root) flake.openBuffer(path, text);
      }
      reconcileLooseDocuments();
      notify({ kind: "edit", uri });
    },
    closeDocument(uri) {
      const path = documentPath(uri);
      if (!documents.delete(path)) return;
      for (const { flake, folder } of entries.values()) {
        if (folder ? contains(flake.root, path) : dirname(path) === flake.root) flake.closeBuffer(path);
      }
      reconcileLooseDocuments();
      notify({ kind: "other" });
    },
    diskChanged(uris) {
      const paths = uris.map(diskPath).filter((path) => path !== undefined);
      for (const { flake } of entries.values()) {
        const own = paths.filter((path) => contains(flake.root, path));
        if (own.length > 0) flake.filesChanged(own);
      }
      for (const folder of folders.values()) updateNested(folder);
      notify({ kind: "other" });
    },
    settingsChanged() {
      for (const folder of folders.values()) {
        void whileReading(folder, async () => {
          const flakes = [...entries.values()].filter((entry) => entry.folder === folder).map((entry) => entry.flake);
          await Promise.all(flakes.map(async (flake) => flake.configure(await settingsFor(flake.uri))));
        });
      }
      for (const { flake, folder } of entries.values()) {
        if (folder) continue;
        void settingsFor(flake.uri).then((settings) => {
          flake.configure(settings);
          notify({ kind: "other" });
        });
      }
    },
    async flakeOf(uri) {
      const path = documentPath(uri);
      await deepest(folders, path)?.reading;
      return ownerOf(path)?.flake;
    },
    async flakes() {
      await Promise.all([...folders.values()].map((folder) => folder.reading));
      return [...entries.values()].map((entry) => entry.flake);
    },
    served: () => [...entries.values()].map((entry) => entry.flake),
    isReading: () => pendingReads > 0,
    owns: (flake, path) => ownerOf(path)?.flake === flake,
    uriOf: (path) => documents.get(path)?.uri ?? fileUri(path),
    async recheck() {
      await Promise.all(
        [...folders.values()].map((folder) =>
          whileReading(folder, async () => {
            for (const { flake, folder: own } of entries.values()) {
              if (own !== folder) continue;
              if (flake.extent === "disk") flake.filesChanged([flake.root]);
              else await flake.read();
            }
            await readNested(folder);
          }),
        ),
      );
    },
    onChange: (listener) => void listeners.push(listener),
    dispose() {
      for (const entry of [...entries.values()]) remove(entry);
      folders.clear();
    },
  };
}

/** The item of the nearest directory that has one, from the path itself upwards. */
function deepest<Item>(items: ReadonlyMap<string, Item>, path: string): Item | undefined {
  for (let directory = path; ; directory = dirname(directory)) {
    const item = items.get(directory);
    if (item !== undefined) return item;
    if (directory === dirname(directory)) return undefined;
  }
}

/** Folders that are read on their own, root to URI: not those that are a part of another folder and no flake. */
function separateFolders(uris: Iterable<string>): ReadonlyMap<string, string> {
  const all = new Map([...uris].map((uri) => [folderRoot(uri), uri]));
  const isPart = (root: string): boolean =>
    [...all.keys()].some((other) => other !== root && contains(other, root)) && !existsSync(join(root, "flake.nix"));
  return new Map([...all].filter(([root]) => !isPart(root)));
}

function folderRoot(uri: string): string {
  const path = documentPath(uri);
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
