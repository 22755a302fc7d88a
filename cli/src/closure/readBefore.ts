import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { analyseClosure, type ClosureAnalysis } from "../../../core/src/closure/analyseClosure.ts";
import { ClosureHasCycle } from "../../../core/src/closure/closureGraph.ts";
import { type Measurement, NoMeasurement, parseMeasurement } from "../../../core/src/closure/measurement.ts";
import { NotBuilt } from "../../../core/src/closure/measuring/measureClosure.ts";
import type { MeasurementStore } from "../../../core/src/closure/measuring/measurementStore.ts";
import type { HostReference } from "../../../core/src/nix/flakeReference.ts";
import { hostAtRevision } from "../../../core/src/nix/gitRevision.ts";
import { isMissingAttribute, NixFailed } from "../../../core/src/nix/runNix.ts";
import { systemError } from "../../../core/src/systemError.ts";
import { CannotRun } from "../cannotRun.ts";
import { checkHostName, readHostReference } from "../readHostReference.ts";
import { suggestion } from "../suggestion.ts";
import { listHosts } from "../unknownHost.ts";
import { type ClosureSubject, storePathOf } from "./closureSubject.ts";
import { describeNotBuilt } from "./describeNotBuilt.ts";
import type { HostModules } from "./readModules.ts";
import { readReportFile } from "./readReportFile.ts";

export interface BeforeOptions {
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly store: MeasurementStore;
  readonly measure: (subject: ClosureSubject) => Promise<Measurement>;
  readonly modulesOf: (reference: HostReference) => Promise<HostModules>;
}

/**
 * What a closure is compared with: `last`, a saved file, `FLAKE#HOST`, a store path, a commit of the flake's repository, or another
 * host of the flake. Throws `CannotRun` when it is none of them, or cannot be measured.
 */
export async function readBefore(
  text: string,
  current: Measurement,
  subject: ClosureSubject,
  options: BeforeOptions,
): Promise<{ from: string; analysis: ClosureAnalysis }> {
  try {
    return await findBefore(text, current, subject, options);
  } catch (error) {
    if (error instanceof NotBuilt) throw new CannotRun(`--diff ${text}: ${describeNotBuilt(error)}`);
    if (error instanceof NixFailed) throw new CannotRun(`--diff ${text}: ${error.message}`);
    throw error;
  }
}

async function findBefore(
  text: string,
  current: Measurement,
  subject: ClosureSubject,
  { directory, signal, store, measure, modulesOf }: BeforeOptions,
): Promise<{ from: string; analysis: ClosureAnalysis }> {
  const reference = subject.kind === "host" ? subject.reference : undefined;
  const measured = async (
    other: ClosureSubject,
    from = text,
  ): Promise<{ from: string; analysis: ClosureAnalysis }> => ({
    from,
    analysis: analyseClosure(await measure(other)),
  });
  if (text === "last") return lastOf(current, store);
  if (statSync(resolve(directory, text), { throwIfNoEntry: false })?.isFile())
    return { from: text, analysis: readFile(resolve(directory, text), text) };
  const other = readHostReference(text, directory);
  if (other?.directory !== undefined) return measured({ kind: "host", reference: other });
  const path = storePathOf(text, directory);
  if (path !== undefined) return measured({ kind: "path", path });
  // A branch may be called `fix#12`, which is also a host of a flake elsewhere.
  const revision = reference && (await hostAtRevision(reference, text, signal));
  if (revision) return measured({ kind: "host", reference: revision });
  if (other) return measured({ kind: "host", reference: other });
  if (!reference) throw new CannotRun(`--diff: "${text}" is no file and no store path, and a path has no revisions`);
  checkHostName(text);
  try {
    return await measured({ kind: "host", reference: { ...reference, host: text } });
  } catch (error) {
    if (!(error instanceof NixFailed && isMissingAttribute(error))) throw error;
    const { hosts } = await modulesOf(reference);
    if (hosts.includes(text)) throw error;
    throw new CannotRun(
      `--diff "${text}" is no file, store path, commit of the flake or host${suggestion(text, hosts)} (${listHosts(hosts)})`,
    );
  }
}

function lastOf(current: Measurement, store: MeasurementStore): { from: string; analysis: ClosureAnalysis } {
  const history = store.history(current.flake, current.host).filter(({ root }) => root !== current.root);
  for (const { root, measuredAt } of history.reverse()) {
    const measurement = store.read(root);
    if (measurement)
      return { from: `${measuredAt.slice(0, 16).replace("T", " ")} UTC`, analysis: analyseClosure(measurement) };
  }
  throw new CannotRun("--diff last: no other system of this host has been measured yet");
}

function readFile(path: string, text: string): ClosureAnalysis {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (error) {
    throw new CannotRun(`cannot read ${text}: ${systemError(error)}`);
  }
  try {
    return analyseClosure(readReportFile(content) ?? parseMeasurement(content));
  } catch (error) {
    if (error instanceof NoMeasurement || error instanceof ClosureHasCycle)
      throw new CannotRun(`${text}: ${error.message}`);
    throw error;
  }
}
