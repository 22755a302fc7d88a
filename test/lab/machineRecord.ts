import { existsSync } from "node:fs";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import type { VpsOptions } from "./machine.ts";
import type { ProcessIdentity } from "./runningProcess.ts";

/** What is written down about a machine in its folder, so that another process finds it. */
export interface MachineRecord {
  readonly name: string;
  readonly process: ProcessIdentity;
  /** Who started it. */
  readonly starter: ProcessIdentity | undefined;
  readonly port: number;
  readonly user: string;
  /** Empty until the machine has told it. */
  readonly knownHostKey: string;
  readonly options: VpsOptions;
}

const machinesFolder = () => join(cacheFolder(), "machines");
const recordFile = (folder: string) => join(folder, "machine.json");

export function machineFolder(name: string): string {
  if (!/^[\w.-]+$/.test(name) || name.startsWith(".")) throw new Error(`"${name}" cannot be the name of a machine.`);
  return join(machinesFolder(), name);
}

export async function readRecord(name: string): Promise<MachineRecord | undefined> {
  // Another process may remove the folder at any moment.
  const text = await readFile(recordFile(machineFolder(name)), "utf8").catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

export async function writeRecord(folder: string, record: MachineRecord): Promise<void> {
  // Whoever reads it meanwhile gets the old one or the new one.
  const draft = `${recordFile(folder)}.new`;
  await writeFile(draft, JSON.stringify(record));
  await rename(draft, recordFile(folder));
}

/** Names of all machines that have a folder, running or not. */
export async function machineNames(): Promise<string[]> {
  return existsSync(machinesFolder()) ? readdir(machinesFolder()) : [];
}
