import { isDeepStrictEqual } from "node:util";
import { type Status, statusMethod } from "../../core/src/protocol.ts";
import { debounce } from "./debounce.ts";
import type { FileReports } from "./fileReports.ts";
import type { Session } from "./session.ts";

const statusDelayMs = 300;

/** Tells a client that wants it how far the server is and what it found. */
export function registerStatus({ connection, client, workspaces }: Session, reports: FileReports): void {
  if (!client.status) return;
  let sent: Status | undefined;
  const send = async (status: Status): Promise<void> => {
    if (isDeepStrictEqual(status, sent)) return;
    sent = status;
    await connection.sendNotification(statusMethod, status);
  };
  const sendResult = debounce(statusDelayMs, async () => {
    if (workspaces.isReading()) return;
    const flakes = workspaces.served();
    let hosts = 0;
    let files = 0;
    let findings = 0;
    for (const flake of flakes) {
      for (const { diagnostics } of reports.all(flake).values()) findings += diagnostics.length;
      hosts += flake.project.hosts().length;
      files += flake.project.files().filter((file) => workspaces.owns(flake, file)).length;
    }
    const message = flakes.map(({ failure }) => failure).find((failure) => failure !== undefined);
    const counts = { flakes: flakes.length, hosts, files, findings };
    await send(message === undefined ? { state: "ready", ...counts } : { state: "error", ...counts, message });
  });
  workspaces.onChange(() => {
    if (workspaces.isReading())
      void send({ state: "starting", flakes: workspaces.served().length, hosts: 0, files: 0, findings: 0 });
    else sendResult();
  });
}
