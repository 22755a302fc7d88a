import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { panelDocument } from "../../client/src/webview/panelDocument.ts";
import type { FromPanel, ToPanel } from "../../core/src/bootstrap/panelMessages.ts";
import type { ExplorerAsks, ExplorerShows } from "../../core/src/closure/explorerMessages.ts";
import { root } from "../../scripts/root.mjs";
import { type ThemeName, themes } from "./themes.ts";

/**
 * The script and the style sheet of a panel in a page of their own: a stand-in for the webview of VS Code, with the document and the
 * policy that the extension gives to it. What it asks of the extension is kept, and nobody answers but the test; only pings are answered.
 */
export interface PanelHarness<Sent = ToPanel, Asked = FromPanel> {
  readonly page: Page;
  send(...messages: readonly Sent[]): Promise<void>;
  /** What the panel has asked for so far. */
  asked(): Promise<readonly Asked[]>;
  /** From now on no ping is answered. */
  leaveAlone(): Promise<void>;
  /** What the panel keeps over a reload. */
  saved(): Promise<unknown>;
  /** Whatever the policy has refused. */
  violations(): Promise<readonly string[]>;
  /** What the page wrote to its console as an error or a warning. */
  readonly complaints: readonly string[];
  show(theme: ThemeName, width: number): Promise<void>;
  close(): Promise<void>;
}

/** Serves the panels and starts the browser that they are shown in. */
export interface HarnessServer {
  open(panel: "bootstrapPanel"): Promise<PanelHarness>;
  /** `saved` is what an explorer before it has kept. */
  open(panel: "closureExplorer", saved?: unknown): Promise<PanelHarness<ExplorerShows, ExplorerAsks>>;
  stop(): Promise<void>;
}

interface HarnessWindow {
  isAlone: boolean;
  asked: unknown[];
  saved: unknown;
  violations: string[];
}

export async function startHarness(): Promise<HarnessServer> {
  const server = createServer(async ({ url = "" }, response) => {
    const [, panel = "", extension = ""] = /^\/(bootstrapPanel|closureExplorer)\.(html|js|css)$/.exec(url) ?? [];
    if (extension === "html") {
      const nonce = randomBytes(16).toString("base64");
      const sources = { cspSource: "'self'", nonce, script: `${panel}.js`, style: `${panel}.css` };
      response.setHeader("content-type", "text/html").end(panelDocument(sources));
    } else if (extension !== "") {
      response.setHeader("content-type", extension === "js" ? "text/javascript" : "text/css");
      response.end(await readFile(join(root, "out", `${panel}.${extension}`)));
    } else response.writeHead(204).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--enable-precise-memory-info"],
  });
  return {
    open: <Sent, Asked>(panel: string, saved?: unknown) => open<Sent, Asked>(browser, `${origin}/${panel}.html`, saved),
    async stop() {
      await browser.close();
      server.close();
    },
  };
}

async function open<Sent, Asked>(browser: Browser, url: string, saved: unknown): Promise<PanelHarness<Sent, Asked>> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.addInitScript((before) => {
    const kept = { isAlone: false, asked: [] as unknown[], saved: before, violations: [] as string[] };
    Object.assign(window, kept, {
      acquireVsCodeApi: () => ({
        postMessage(message: { readonly type?: string; readonly kind?: string }) {
          const { type, kind } = message;
          if (type !== "ping" && kind !== "ping") kept.asked.push(JSON.parse(JSON.stringify(message)));
          else if (!(window as unknown as HarnessWindow).isAlone)
            window.postMessage(type === "ping" ? { type: "pong" } : { kind: "pong" });
        },
        getState: () => (window as unknown as HarnessWindow).saved,
        setState: (state: unknown) => Object.assign(window, { saved: state }),
      }),
    });
    document.addEventListener("securitypolicyviolation", (event) =>
      kept.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`),
    );
  }, saved);
  await page.goto(url);

  const harness: PanelHarness<Sent, Asked> = {
    page,
    complaints,
    send: (...messages) =>
      page.evaluate(
        (given) => {
          for (const message of given) window.postMessage(message);
          // Two frames later it is drawn.
          return new Promise<void>((resolve) => {
            requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
          });
        },
        JSON.parse(JSON.stringify(messages)) as unknown[],
      ),
    asked: () => page.evaluate(() => (window as unknown as HarnessWindow).asked) as Promise<readonly Asked[]>,
    leaveAlone: () => page.evaluate(() => void Object.assign(window, { isAlone: true })),
    saved: () => page.evaluate(() => (window as unknown as HarnessWindow).saved),
    violations: () => page.evaluate(() => (window as unknown as HarnessWindow).violations),
    async show(theme, width) {
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(({ bodyClass, variables }) => {
        const { style } = document.documentElement;
        style.cssText = "";
        for (const [name, value] of Object.entries(variables)) style.setProperty(`--vscode-${name}`, value);
        style.setProperty("--vscode-font-family", "system-ui, sans-serif");
        style.setProperty("--vscode-font-size", "13px");
        style.setProperty("--vscode-editor-font-family", "monospace");
        style.setProperty("--vscode-editor-font-size", "13px");
        style.setProperty("background", "var(--vscode-editor-background)");
        document.body.className = bodyClass;
      }, themes[theme]);
    },
    close: () => page.close(),
  };
  await harness.show("dark", 1200);
  return harness;
}
