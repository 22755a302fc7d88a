import { basename, dirname } from "node:path";
import type { RuleSettings } from "../../core/src/rules/ruleSettings.ts";
import { diskPath, documentPath, fileUri } from "./documentPath.ts";
import type { ServedFlake } from "./servedFlake.ts";
import { type Area, covers, innermost, separateFolders } from "./workspaceFolders.ts";

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
  /** The flake that serves a file, once it is read; undefined for a closed document outside of all folders. */
  flakeOf(path: string): Promise<ServedFlake | undefined>;
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

/** What is read as one: a workspace folder, or the directory of documents outside of all of them. */
interface Folder extends Area {
  readonly uri: string;
  /** Settles when the folder and the flakes nested in it are read. */
  reading: Promise<void>;
}

interface Entry extends Area {
  readonly folder: Folder;
  readonly flake: ServedFlake;
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

  const entriesOf = (folder: Folder): Entry[] => [...entries.values()].filter((entry) => entry.folder === folder);

  const read = async (root: string, uri: string, folder: Folder): Promise<void> => {
    const extent = folder.isLoose || diskPath(uri) === undefined ? "documents" : "disk";
    const flake = createFlake({ root, uri, extent });
    const entry: Entry = { root, isLoose: folder.isLoose, folder, flake };
    entries.set(root, entry);
    for (const [path, { text }] of documents) if (covers(entry, path)) flake.openBuffer(path, text);
    await Promise.all([settingsFor(uri).then((settings) => flake.configure(settings)), flake.read()]);
  };

  const remove = ({ root, flake }: Entry): void => {
    entries.delete(root);
    flake.dispose();
  };

  /** Flakes below a folder's root that are served, and the roots of those that should be. */
  const nestedFlakes = (folder: Folder): { served: readonly Entry[]; roots: ReadonlySet<string> } => {
    const outer = entries.get(folder.root)?.flake;
    const files = outer?.extent === "disk" ? outer.project.files() : [];
    const roots = new Set(files.filter((file) => basename(file) === "flake.nix").map((file) => dirname(file)));
    roots.delete(folder.root);
    return { served: entriesOf(folder).filter(({ flake }) => flake !== outer), roots };
  };

  const readNested = async (folder: Folder): Promise<void> => {
    const { served, roots } = nestedFlakes(folder);
    for (const entry of served) if (!roots.has(entry.root)) remove(entry);
    for (const root of roots) {
      if (folders.get(folder.root) !== folder) return;
      if (!entries.has(root)) await read(root, fileUri(root), folder);
    }
  };

  /** Queues work on a folder behind what is already under way there, and checks what it leaves. */
  const whileReading = (folder: Folder, work: () => Promise<void>): Promise<void> => {
    pendingReads++;
    folder.reading = folder.reading
      .then(work)
      .then(async () => {
        for (const { flake } of entriesOf(folder)) await flake.check();
      })
      .catch(onError)
      .finally(() => {
        pendingReads--;
        notify({ kind: "other" });
      });
    return folder.reading;
  };

  const updateNested = (folder: Folder): void => {
    const { served, roots } = nestedFlakes(folder);
    const isCurrent = served.every(({ root }) => roots.has(root)) && [...roots].every((root) => entries.has(root));
    if (!isCurrent) void whileReading(folder, () => readNested(folder));
  };

  const openFolder = (root: string, uri: string, isLoose: boolean): void => {
    const folder: Folder = { root, uri, isLoose, reading: Promise.resolve() };
    folders.set(root, folder);
    void whileReading(folder, async () => {
      if (folders.get(root) !== folder) return;
      await read(root, uri, folder);
      await readNested(folder);
    });
  };

  const closeFolder = (folder: Folder): void => {
    folders.delete(folder.root);
    for (const entry of entriesOf(folder)) remove(entry);
  };

  /** Documents outside of all workspace folders are checked beside the open documents of their directory. */
  const reconcileLooseDocuments = (): void => {
    const uris = new Map<string, string>();
    for (const [path, { uri }] of documents) {
      if (innermost(folders, path)?.isLoose !== false) uris.set(dirname(path), uri);
    }
    for (const folder of [...folders.values()]) if (folder.isLoose && !uris.has(folder.root)) closeFolder(folder);
    for (const [root, uri] of uris) if (!folders.has(root)) openFolder(root, uri, true);
  };

  return {
    changeFolders(added, removed) {
      for (const uri of removed) folderUris.delete(uri);
      for (const uri of added) folderUris.add(uri);
      const wanted = separateFolders(folderUris);
      for (const folder of [...folders.values()]) {
        if (folder.isLoose ? wanted.has(folder.root) : !wanted.has(folder.root)) closeFolder(folder);
      }
      for (const [root, uri] of wanted) {
        if (folders.has(root)) continue;
        const nested = entries.get(root);
        if (nested) remove(nested);
        openFolder(root, uri, false);
      }
      // What a closed folder served may be part of one that stays.
      for (const folder of folders.values()) updateNested(folder);
      reconcileLooseDocuments();
      notify({ kind: "other" });
    },
    openDocument(uri, text) {
      const path = documentPath(uri);
      documents.set(path, { uri, text });
      for (const entry of entries.values()) if (covers(entry, path)) entry.flake.openBuffer(path, text);
      reconcileLooseDocuments();
      notify({ kind: "edit", uri });
    },
    closeDocument(uri) {
      const path = documentPath(uri);
      if (!documents.delete(path)) return;
      for (const entry of entries.values()) if (covers(entry, path)) entry.flake.closeBuffer(path);
      reconcileLooseDocuments();
      notify({ kind: "other" });
    },
    diskChanged(uris) {
      const paths = uris.map(diskPath).filter((path) => path !== undefined);
      for (const entry of entries.values()) {
        const own = paths.filter((path) => covers(entry, path));
        if (own.length > 0) entry.flake.filesChanged(own);
      }
      for (const folder of folders.values()) updateNested(folder);
      notify({ kind: "other" });
    },
    settingsChanged() {
      for (const folder of folders.values()) {
        void whileReading(folder, async () => {
          await Promise.all(entriesOf(folder).map(async ({ flake }) => flake.configure(await settingsFor(flake.uri))));
        });
      }
    },
    async flakeOf(path) {
      await innermost(folders, path)?.reading;
      return innermost(entries, path)?.flake;
    },
    async flakes() {
      await Promise.all([...folders.values()].map((folder) => folder.reading));
      return [...entries.values()].map((entry) => entry.flake);
    },
    served: () => [...entries.values()].map((entry) => entry.flake),
    isReading: () => pendingReads > 0,
    owns: (flake, path) => innermost(entries, path)?.flake === flake,
    uriOf: (path) => documents.get(path)?.uri ?? fileUri(path),
    async recheck() {
      const recheckFolder = async (folder: Folder): Promise<void> => {
        for (const { flake } of entriesOf(folder)) {
          if (flake.extent === "disk") flake.filesChanged([flake.root]);
          else await flake.read();
        }
        await readNested(folder);
      };
      await Promise.all([...folders.values()].map((folder) => whileReading(folder, () => recheckFolder(folder))));
    },
    onChange: (listener) => void listeners.push(listener),
    dispose() {
      for (const folder of [...folders.values()]) closeFolder(folder);
    },
  };
}
