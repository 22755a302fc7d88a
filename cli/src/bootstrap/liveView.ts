import type { RunState } from "../../../core/src/bootstrap/runState.ts";
import { printable } from "../formats/printable.ts";

const barWidth = 24;

/** The lines at the bottom of a terminal: the step that runs, how far it is, and the target's memory. */
export function liveView(state: RunState): string {
  const running = state.steps.find(({ status }) => status === "running");
  if (!running) return "";
  const number = state.steps.indexOf(running) + 1;
  const { progress, sample } = state;
  return [
    `[${number}/${state.steps.length}] ${running.title}${progress ? `: ${printable(progress.text)}` : ""}`,
    ...(progress?.total ? [barOf(progress.done ?? 0, progress.total, progress)] : []),
    ...(sample
      ? [
          `memory ${sample.availableMiB} of ${sample.totalMiB} MiB free, zram ${sample.zramMiB} MiB, store ${sample.storeMiB} MiB`,
        ]
      : []),
  ].join("\n");
}

function barOf(
  done: number,
  total: number,
  { bytesPerSecond, secondsLeft }: NonNullable<RunState["progress"]>,
): string {
  const share = Math.min(1, done / total);
  const filled = Math.round(share * barWidth);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  const rate = bytesPerSecond === undefined ? "" : `, ${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
  const left = secondsLeft === undefined ? "" : `, ${Math.ceil(secondsLeft)} s left`;
  return `[${"#".repeat(filled)}${".".repeat(barWidth - filled)}] ${megabytes(done)} of ${megabytes(total)}${rate}${left}`;
}
