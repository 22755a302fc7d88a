/** A place in a module that puts a path into the system. */
export interface AddedBy {
  /** Relative to the flake's directory, with `/`; absolute when it lies elsewhere. */
  readonly file: string;
  /** Counted from 1; absent where the place inside the file was not found. */
  readonly line?: number;
  /** The option that is defined there, such as `environment.systemPackages`. */
  readonly option?: string;
  /** As it is written there, such as `pkgs.zbar`, or the package's own name. */
  readonly package?: string;
}

export interface MeasuredPath {
  /** `/nix/store/<hash>-<name>`. */
  readonly path: string;
  /** Size of the path alone, as Nix packs it (NAR). */
  readonly ownBytes: number;
  /** Indices into `paths`; none is the path itself, each stands once. */
  readonly references: readonly number[];
  readonly addedBy: readonly AddedBy[];
}

/** Everything that was found out of one system's closure; plain JSON, as it is kept and sent to the explorer. */
export interface Measurement {
  readonly version: 1;
  /** The flake as Nix is given it: an absolute directory or a flake reference; empty when a store path was measured. */
  readonly flake: string;
  /** Empty when a store path was measured. */
  readonly host: string;
  /** ISO 8601, in UTC. */
  readonly measuredAt: string;
  /** The commit of the flake; absent when it has none or differs from it. */
  readonly revision?: string;
  /** The store path of the system, one of `paths`. */
  readonly root: string;
  readonly paths: readonly MeasuredPath[];
}

/** What was read is no measurement; the message says where it is wrong. */
export class NoMeasurement extends Error {
  override readonly name = "NoMeasurement";
}

/** Reads a measurement from JSON. Throws `NoMeasurement`. */
export function parseMeasurement(text: string): Measurement {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new NoMeasurement(`The measurement is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return checkMeasurement(value);
}

/** Gives a value that came from elsewhere as the measurement it is. Throws `NoMeasurement`. */
export function checkMeasurement(value: unknown): Measurement {
  const { version, flake, host, measuredAt, revision, root, paths } = record(value, "The measurement");
  if (version !== 1)
    throw new NoMeasurement(`The measurement has version ${JSON.stringify(version) ?? "none"}; only 1 is known.`);
  if (!Array.isArray(paths)) throw new NoMeasurement("The measurement has no list of paths.");
  const measured = paths.map((path: unknown, index) => checkPath(path, index, paths.length));
  const systemPath = text(root, "root");
  if (!measured.some(({ path }) => path === systemPath))
    throw new NoMeasurement(`The measurement's root ${systemPath} is none of its paths.`);
  const time = text(measuredAt, "measuredAt");
  if (Number.isNaN(Date.parse(time))) throw new NoMeasurement(`measuredAt is no time: ${JSON.stringify(time)}`);
  return {
    version,
    flake: text(flake, "flake"),
    host: text(host, "host"),
    measuredAt: time,
    ...(revision === undefined ? {} : { revision: text(revision, "revision") }),
    root: systemPath,
    paths: measured,
  };
}

function checkPath(value: unknown, index: number, count: number): MeasuredPath {
  const where = `paths[${index}]`;
  const { path, ownBytes, references, addedBy } = record(value, where);
  if (typeof ownBytes !== "number" || !Number.isFinite(ownBytes) || ownBytes < 0)
    throw new NoMeasurement(`${where}.ownBytes is no size: ${JSON.stringify(ownBytes)}`);
  if (!Array.isArray(references) || !references.every((to) => isIndex(to, count) && to !== index))
    throw new NoMeasurement(`${where}.references are not all places of other paths in the list.`);
  if (!Array.isArray(addedBy)) throw new NoMeasurement(`${where}.addedBy is no list.`);
  return {
    path: text(path, `${where}.path`),
    ownBytes,
    references: [...new Set<number>(references)],
    addedBy: addedBy.map((place: unknown) => checkPlace(place, `${where}.addedBy`)),
  };
}

function checkPlace(value: unknown, where: string): AddedBy {
  const { file, line, option, package: name } = record(value, where);
  if (line !== undefined && !(typeof line === "number" && Number.isInteger(line) && line >= 1))
    throw new NoMeasurement(`${where}.line is no line: ${JSON.stringify(line)}`);
  return {
    file: text(file, `${where}.file`),
    ...(line === undefined ? {} : { line }),
    ...(option === undefined ? {} : { option: text(option, `${where}.option`) }),
    ...(name === undefined ? {} : { package: text(name, `${where}.package`) }),
  };
}

function isIndex(value: unknown, count: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < count;
}

function text(value: unknown, where: string): string {
  if (typeof value !== "string") throw new NoMeasurement(`${where} is no text: ${JSON.stringify(value) ?? "missing"}`);
  return value;
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new NoMeasurement(`${where} is no JSON object.`);
  return value as Record<string, unknown>;
}
