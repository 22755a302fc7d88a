// The machine that a person who starts the demo can install: of the lab, with its flake, and unlike a rented one in the ways that are asked for.
import { join } from "node:path";
import { CommandFailed } from "./run.mjs";
import { installSystemPackages, lab, nix, ssh } from "./systemPackages.mjs";

/**
 * What can be wrong with it, by name, with what a person sees then.
 *
 * @type {Record<string, { options: import("../test/lab/machine.ts").VpsOptions, shows: string }>}
 */
export const troubles = {
  "no-cpio": {
    options: { cpio: false, packageManager: false },
    shows: "cpio is missing and nothing can install it: the plan refuses, and says what to do",
  },
  swap: {
    options: { swapMiB: 256 },
    shows: "a swap file lies on the disk: without the step that lets go of it, partitioning dies of SIGBUS",
  },
  small: { options: { memoryMiB: 760, initrdMiB: 336 }, shows: "760 MB: the forecast shows what does not fit" },
};

/**
 * Rents a machine that ends with this process. Resolves to undefined, after saying why, where this computer cannot run one.
 *
 * @param {string | undefined} trouble
 */
export async function startDemoVps(trouble) {
  const known = trouble === undefined ? undefined : troubles[trouble];
  if (trouble !== undefined && known === undefined)
    throw new CommandFailed(`There is no --vps ${trouble}: it is one of ${Object.keys(troubles).join(", ")}.`);
  try {
    await installSystemPackages([...lab, ...nix, ...ssh]);
    process.stdout.write(
      "Starting a machine to install. Its images are made on the first start, which takes a minute.\n",
    );
    const { startLabVps } = await import("../test/lab/labVps.ts");
    return await startLabVps(known?.options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\nThere is no machine to install: ${reason}\nThe editor opens without it.\n\n`);
    return undefined;
  }
}

/**
 * Cancels what is at work on it, and waits until it has said so: a run outlives the editor, and would fail without its machine.
 *
 * @param {import("../test/lab/labVps.ts").LabVps} machine
 */
export async function endRuns(machine) {
  const { summarizeRuns } = await import("../core/src/bootstrap/runSummary.ts");
  const { isListening, sendControlRequest } = await import("../core/src/bootstrap/controlClient.ts");
  for (const { path, status } of await summarizeRuns(join(machine.state, "runs"))) {
    const socket = join(path, "control");
    if (status !== "running") continue;
    await sendControlRequest(socket, { type: "cancel" }).catch(() => undefined);
    for (let attempt = 0; attempt < 100 && (await isListening(socket)); attempt++)
      await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
