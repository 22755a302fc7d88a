import type { RunEvent } from "./events.ts";
import { killedForMemory } from "./kernelLog.ts";
import { plainText } from "./plainText.ts";

/** The target's memory over one or more samples that follow each other, in MiB. */
export interface MemoryPoint {
  /** Of its first sample, in milliseconds since 1970. */
  readonly time: number;
  readonly totalMiB: number;
  /** The least. */
  readonly availableMiB: number;
  /** The most. */
  readonly zramMiB: number;
  /** The most. */
  readonly storeMiB: number;
}

/** The kernel ended a program for want of memory. */
export interface Killing {
  /** In milliseconds since 1970. */
  readonly time: number;
  /** The kernel's line. */
  readonly line: string;
}

/** The target's memory while a run lasts, coarser the longer it lasts. */
export interface MemorySeries {
  readonly points: readonly MemoryPoint[];
  readonly samplesPerPoint: number;
  /** Samples in the last point. */
  readonly samplesInLast: number;
  readonly killings: readonly Killing[];
}

/** At one sample in two seconds the first 17 minutes are kept as they are. */
export const mostPoints = 512;

/** The last ones are kept. */
export const mostKillings = 50;

export const emptySeries: MemorySeries = { points: [], samplesPerPoint: 1, samplesInLast: 0, killings: [] };

/** A series after one more event. */
export function addToSeries(series: MemorySeries, event: RunEvent): MemorySeries {
  if (event.type === "sample") {
    const { availableMiB, totalMiB, zramMiB, storeMiB } = event;
    return addPoint(series, { time: Date.parse(event.time), availableMiB, totalMiB, zramMiB, storeMiB });
  }
  if (event.type === "kernel" && /Killed process/.test(event.line) && killedForMemory([event.line]) !== undefined) {
    const killing = { time: Date.parse(event.time), line: plainText(event.line) };
    return { ...series, killings: [...series.killings, killing].slice(-mostKillings) };
  }
  return series;
}

function addPoint(series: MemorySeries, point: MemoryPoint): MemorySeries {
  const last = series.points.at(-1);
  if (last !== undefined && series.samplesInLast < series.samplesPerPoint) {
    const points = [...series.points.slice(0, -1), merge(last, point)];
    return { ...series, points, samplesInLast: series.samplesInLast + 1 };
  }
  if (series.points.length < mostPoints) return { ...series, points: [...series.points, point], samplesInLast: 1 };
  const halved = Array.from({ length: mostPoints / 2 }, (_, index) =>
    series.points.slice(2 * index, 2 * index + 2).reduce(merge),
  );
  const samplesPerPoint = 2 * series.samplesPerPoint;
  return { ...series, points: [...halved, point], samplesPerPoint, samplesInLast: 1 };
}

function merge(first: MemoryPoint, second: MemoryPoint): MemoryPoint {
  return {
    time: first.time,
    totalMiB: second.totalMiB,
    availableMiB: Math.min(first.availableMiB, second.availableMiB),
    zramMiB: Math.max(first.zramMiB, second.zramMiB),
    storeMiB: Math.max(first.storeMiB, second.storeMiB),
  };
}
