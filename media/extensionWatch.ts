import { element } from "./element.ts";

const intervalMs = 5_000;
/** One that is busy answers late; after this many questions it is taken to be gone. */
const mostUnanswered = 3;

/** A command and its argument as a link of a panel names them: VS Code itself runs it, whoever is behind the panel. */
export interface CommandLink {
  readonly title: string;
  readonly command: string;
  readonly argument?: unknown;
}

export interface ExtensionWatch {
  /** Says that nobody is there, with the link that shows the same again; empty while the extension answers. */
  readonly element: HTMLElement;
  /** To be called for whatever the extension says. */
  heard(): void;
}

/**
 * Asks the extension now and then whether it is there. When an extension host has crashed, VS Code starts another, which knows nothing
 * of the panels that are open (only a window that is opened again restores them): their buttons do nothing, and what they show stays
 * as it was.
 */
export function watchExtension(ping: () => void, again: () => CommandLink): ExtensionWatch {
  const notice = element("div", { class: "extension-lost", role: "alert" });
  let unanswered = 0;
  setInterval(() => {
    if (unanswered === mostUnanswered) notice.replaceChildren(lost(again()));
    unanswered += 1;
    ping();
  }, intervalMs);
  return {
    element: notice,
    heard() {
      unanswered = 0;
      notice.replaceChildren();
    },
  };
}

function lost({ title, command, argument }: CommandLink): HTMLElement {
  const query = argument === undefined ? "" : `?${encodeURIComponent(JSON.stringify([argument]))}`;
  return element(
    "p",
    {},
    "NixOS VPS was started anew, and this panel no longer hears of it: what it shows may be out of date. ",
    element("a", { href: `command:${command}${query}` }, title),
  );
}
