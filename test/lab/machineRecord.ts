import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import type { VpsOptions } from "./machine.ts";
import type { ProcessIdentity } from "./runningProcess.ts";

/** What is written down about a machine in its folder, so that another process finds it. */
export interface MachineRecord {
  readonly name: string;
  readonly process: ProcessIdentity;
  readonly port: number;
  readonly user: string;
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
  const file = recordFile(machineFolder(name));
  return existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : undefined;
}

export async function writeRecord(folder: string, record: MachineRecord): Promise<void> {
  await writeFile(recordFile(folder), JSON.stringify(record));
}

/** Names of all machines that have a folder, running or not. */
export async function machineNames(): Promise<string[]> {
  return existsSync(machinesFolder()) ? readdir(machinesFolder()) : [];
}
