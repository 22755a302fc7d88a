import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cachedFolder } from "./cache.ts";
import { systemIsUp } from "./console.ts";
import { buildInstaller } from "./images/installer.ts";
import { buildVpsImages } from "./images/vpsDisk.ts";
import { continuationFiles, continueVps, startVps, type Vps, type VpsOptions } from "./machine.ts";
import { sshOptions } from "./sshClient.ts";

const snapshot = "installer";

/**
 * A rented machine that runs the installer, its disk untouched. The way there is taken once for each set of options; after that it
 * is continued from a snapshot, whose clock says when that was.
 */
export async function startInstaller(options: VpsOptions = {}): Promise<Vps> {
  const { name, detached, ...vpsOptions } = options;
  const tarball = await buildInstaller(options.initrdMiB);
  const inputs = [(await buildVpsImages()).disk, tarball, JSON.stringify(vpsOptions)];
  const from = await cachedFolder("installer-machine", inputs, (folder) => record(vpsOptions, tarball, folder));
  const knownHostKey = await readFile(join(from, "host-key"), "utf8");
  const vps = await continueVps(options, { from, snapshot, knownHostKey });
  await vps.waitForSsh();
  return vps;
}

async function record(options: VpsOptions, tarball: string, folder: string): Promise<void> {
  const vps = await startVps(options);
  try {
    await bootInstaller(vps, tarball);
    await vps.saveSnapshot(snapshot);
    await vps.powerOff();
    await mkdir(folder, { recursive: true });
    for (const file of continuationFiles) await cp(join(vps.folder, file), join(folder, file));
    await writeFile(join(folder, "host-key"), vps.knownHostKey);
  } finally {
    await vps.stop();
  }
}

/** Does by hand what nixos-anywhere's kexec phase does. */
export async function bootInstaller(vps: Vps, tarball: string): Promise<void> {
  const args = [...sshOptions(vps), `${vps.user}@${vps.host}`, "tar -xzf -"];
  await execa("ssh", args, { inputFile: tarball });
  const from = (await vps.serialLog()).length;
  const sudo = vps.user === "root" ? "" : "sudo ";
  const { exitCode, stdout, stderr } = await vps.ssh(`${sudo}setsid --wait kexec/run`);
  if (exitCode !== 0) throw new Error(`The installer could not be loaded:\n${stdout}\n${stderr}`);
  await vps.waitForSerial(systemIsUp.installer, { from });
  await vps.waitForSsh();
}
