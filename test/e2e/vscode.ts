import { cp, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { chromium, type Page } from "playwright-core";
import { quietSettings, startCodeServer, workbenchUrl } from "../../scripts/codeServer.mjs";
import { packExtension, unpackExtension } from "../../scripts/extensionPackage.mjs";
import { root } from "../../scripts/root.mjs";

/** A VS Code with the packaged extension, open on a copy of the demo flake. */
export interface VsCode {
  readonly page: Page;
  /** The folder that is open; belongs to this VS Code alone. */
  readonly folder: string;
  /** The installed extension, unpacked from the .vsix. */
  readonly extensionFolder: string;
  /** The process that all of its others descend from. */
  readonly pid: number;
  /** Opens the folder in another window, without a file. */
  openWindow(): Promise<Page>;
  /** Ends the browser and the server that this call started, and removes their files. */
  stop(): Promise<void>;
}

export interface VsCodeOptions {
  /** The file to begin with, relative to the flake. */
  readonly file: string;
  /** A folder to open in place of the copy of the demo flake; it stays when VS Code is stopped. */
  readonly open?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Folders with further extensions. */
  readonly otherExtensions?: readonly string[];
  /** Further variables for VS Code and its extensions, such as those of a machine of the lab. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The command line that runs a program where VS Code is to run, such as `inLabStore`. */
  readonly inside?: (file: string, args: readonly string[]) => Promise<[string, string[]]>;
  /** Called before VS Code starts. */
  readonly prepare?: (folders: { folder: string; extensionFolder: string }) => Promise<void>;
}

const testSettings = {
  ...quietSettings,
  "editor.minimap.enabled": false,
  "security.workspace.trust.enabled": false,
  "window.commandCenter": false,
  "workbench.reduceMotion": "on",
};

export async function startVsCode(options: VsCodeOptions): Promise<VsCode> {
  const { file, settings, otherExtensions, prepare, environment, inside } = options;
  const temporary = await realpath(await mkdtemp(join(tmpdir(), "nixos-vps-e2e-")));
  const folder = options.open ?? join(temporary, "demo");
  const extensionsFolder = join(temporary, "extensions");
  const vsix = join(temporary, "extension.vsix");
  if (options.open === undefined) await cp(join(root, "demo"), folder, { recursive: true });
  await packExtension(vsix);
  const extensionFolder = await unpackExtension(vsix, extensionsFolder);
  for (const [index, other] of (otherExtensions ?? []).entries()) {
    await cp(other, join(extensionsFolder, `other-${index}`), { recursive: true });
  }
  await prepare?.({ folder, extensionFolder });

  const server = await startCodeServer({
    stateFolder: join(temporary, "state"),
    extensionsFolder,
    settings: { ...testSettings, ...settings },
    ...(environment && { environment }),
    ...(inside && { inside }),
  });
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });

  async function openWindow(): Promise<Page> {
    const window = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await window.goto(workbenchUrl(server.url, folder));
    await window.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: 60_000 });
    return window;
  }

  async function stop(): Promise<void> {
    await browser.close();
    await server.stop();
    await rm(temporary, { recursive: true, force: true, maxRetries: 10 });
  }

  try {
    await page.goto(workbenchUrl(server.url, folder, file));
    await page.locator(".editor-instance .view-line").first().waitFor({ timeout: 60_000 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { page, folder, extensionFolder, pid: server.pid, openWindow, stop };
}

/** Where pictures of this run go; not part of the repository. */
export async function screenshotPath(name: string): Promise<string> {
  const folder = join(root, "test/e2e/screenshots");
  await mkdir(folder, { recursive: true });
  return join(folder, `${name}.png`);
}

/** For `afterEach`: leaves a picture of what was on the screen when a test failed. */
export async function keepPictureOfFailure(context: TestContext, page: Page): Promise<void> {
  // Node has `passed` since 21.7, its types do not know it yet.
  if ((context as TestContext & { readonly passed: boolean }).passed) return;
  await page.screenshot({ path: await screenshotPath(`failed ${context.name.replaceAll("/", " ")}`) });
}
