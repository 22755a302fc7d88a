import type { Status } from "../../core/src/protocol.ts";

/** What the language status item shows. */
export interface StatusText {
  readonly text: string;
  readonly detail: string;
  readonly severity: "information" | "error";
  readonly busy: boolean;
}

/** The part of the server's status that is shown; before the server runs, the client says it itself. */
export type ShownStatus = Pick<Status, "state" | "hosts" | "findings" | "message">;

export function statusText(status: ShownStatus): StatusText {
  switch (status.state) {
    case "starting":
      return { text: "NixOS VPS: reading the flake", detail: "", severity: "information", busy: true };
    case "ready":
      return {
        text: "NixOS VPS: ready",
        detail: `${count(status.hosts, "host")}, ${count(status.findings, "finding")}`,
        severity: "information",
        busy: false,
      };
    case "error":
      return { text: "NixOS VPS: error", detail: status.message ?? "", severity: "error", busy: false };
  }
}

/** "1 host", "2 hosts", "no hosts". */
export function count(number: number, noun: string): string {
  return `${number === 0 ? "no" : number} ${noun}${number === 1 ? "" : "s"}`;
}
