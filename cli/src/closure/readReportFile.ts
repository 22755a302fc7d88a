import { checkMeasurement, type Measurement } from "../../../core/src/closure/measurement.ts";

/**
 * What `--format json` printed, as a measurement. It has no references: everything hangs on the system, which is as good for
 * comparing packages. Undefined when the text is something else. Throws `NoMeasurement` for a path in it that is none.
 */
export function readReportFile(text: string): Measurement | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("totalBytes" in value) || !("paths" in value)) return undefined;
  const { root, paths } = value as { root?: unknown; paths: unknown };
  if (!Array.isArray(paths)) return undefined;
  const rootPlace = paths.findIndex((each: unknown) => pathOf(each) === root);
  const others = [...paths.keys()].filter((place) => place !== rootPlace);
  return checkMeasurement({
    version: 1,
    flake: "",
    host: "",
    measuredAt: new Date(0).toISOString(),
    root,
    paths: paths.map((each: unknown, place) => ({
      ...(typeof each === "object" ? each : {}),
      references: place === rootPlace ? others : [],
    })),
  });
}

function pathOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "path" in value ? value.path : undefined;
}
