import { describeDisk } from "./describeDisk.ts";
import type { Question } from "./events.ts";

/** What somebody reads before a disk is wiped. */
export interface WipeText {
  readonly message: string;
  readonly detail: string;
}

/** The confirmation of a wipe in words: host, machine, and each disk with what tells it from others. */
export function describeWipe(question: Question, host: string, target: string): WipeText {
  const { wipes } = question;
  if (!wipes) return { message: `Wipe the disk of ${target} for ${host}?`, detail: question.text };
  const devices = wipes.disks.map(({ device }) => device);
  const machine = wipes.address === target ? target : `${target} (${wipes.address})`;
  return {
    message: `Wipe ${devices.join(" and ")} of ${machine} for ${host}?`,
    detail: [
      ...wipes.disks.map((disk) => `${disk.device}: ${describeDisk(disk)}`),
      "",
      `Everything on ${devices.length === 1 ? "this disk" : "these disks"} will be lost. There is no way back from here to the system that was there.`,
    ].join("\n"),
  };
}
