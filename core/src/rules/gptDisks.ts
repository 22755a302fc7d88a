import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import type { AttrsExpression, Binding } from "../syntax/expression.ts";
import type { Place } from "../syntax/place.ts";
import { normalizePath } from "./paths.ts";
import { textOf } from "./textOf.ts";

/** A partition of a GPT disk that disko makes. */
export interface Partition {
  readonly name: string;
  /** Where its name is written. */
  readonly at: Place;
  /** `EF02`, or a GUID, in capitals; undefined when it is not said. */
  readonly type: string | undefined;
  readonly mountPoint: string | undefined;
  /** The binding that holds it, when it is a set literal. */
  readonly literal: AttrsExpression | undefined;
}

/** A disk with a GPT partition table that disko makes. */
export interface GptDisk {
  readonly name: string;
  readonly device: string | undefined;
  /** Where it is said that it is GPT. */
  readonly at: Place;
  readonly partitions: readonly Partition[];
  /** The set of the partitions, when it is written as one. */
  readonly literal: AttrsExpression | undefined;
}

/** Where GRUB puts itself on a GPT disk of a BIOS machine, and what UEFI firmware looks for (UEFI specification; GRUB manual, BIOS installation). */
const biosBootTypes = ["EF02", "21686148-6449-6E6F-744E-656564454649"];
const efiSystemTypes = ["EF00", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"];

export function isBiosBoot({ type }: Partition): boolean {
  return type !== undefined && biosBootTypes.includes(type);
}

export function isEfiSystem({ type }: Partition): boolean {
  return type !== undefined && efiSystemTypes.includes(type);
}

/** Names of an option path: `disko.devices.disk.<name>.content.partitions.<partition>`. */
const diskIndex = 3;
const partitionIndex = 6;

/**
 * The disks that disko partitions in a configuration; undefined when there is one of which not everything is known, or that is not
 * GPT, so that nothing can be said of what is missing.
 */
export function gptDisks(configuration: Configuration): readonly GptDisk[] | undefined {
  const byDisk = new Map<string, Definition[]>();
  for (const definition of configuration.definitionsBelow("disko.devices.disk")) {
    const name = definition.path[diskIndex];
    if (name === undefined || definition.computedNames.has(diskIndex)) return undefined;
    byDisk.set(name, [...(byDisk.get(name) ?? []), definition]);
  }
  const disks = [...byDisk].map(([name, definitions]) => gptDisk(name, definitions, configuration));
  return disks.every((disk) => disk !== undefined) ? disks : undefined;
}

function gptDisk(name: string, definitions: readonly Definition[], configuration: Configuration): GptDisk | undefined {
  const tail = ({ path }: Definition): string => path.slice(diskIndex + 1).join(".");
  const table = definitions.find((definition) => tail(definition) === "content.type");
  if (!table || text(configuration, table) !== "gpt") return undefined;
  const below = definitions.filter(
    ({ path }) => path[diskIndex + 1] === "content" && path[diskIndex + 2] === "partitions",
  );
  if (
    definitions.some(({ path }) => path.length <= diskIndex + 1) ||
    below.some(({ path }) => path.length <= partitionIndex + 1)
  )
    return undefined;
  const partitions = partitionsOf(below, configuration);
  const device = definitions.find((definition) => tail(definition) === "device");
  return (
    partitions && {
      name,
      device: device && text(configuration, device),
      at: table.value.at,
      partitions,
      literal: literalNamed("partitions", table.container),
    }
  );
}

function partitionsOf(
  definitions: readonly Definition[],
  configuration: Configuration,
): readonly Partition[] | undefined {
  const byName = new Map<string, Definition[]>();
  for (const definition of definitions) {
    const name = definition.path[partitionIndex] ?? "";
    byName.set(name, [...(byName.get(name) ?? []), definition]);
  }
  const partitions: Partition[] = [];
  for (const [name, own] of byName) {
    const [first] = own;
    if (!first || first.computedNames.has(partitionIndex)) return undefined;
    const type = own.find(({ path }) => path.length === partitionIndex + 2 && path.at(-1) === "type");
    const mountPoint = own.find(({ path }) => path.slice(partitionIndex + 1).join(".") === "content.mountpoint");
    const typeText = type && text(configuration, type)?.toUpperCase();
    if (type && typeText === undefined) return undefined;
    partitions.push({
      name,
      at: first.names[partitionIndex] ?? first.name,
      type: typeText,
      mountPoint: mountPoint && normalizePath(text(configuration, mountPoint) ?? ""),
      literal: own.find(({ path }) => path.length === partitionIndex + 2)?.container,
    });
  }
  return partitions;
}

function text(configuration: Configuration, { value }: Definition): string | undefined {
  const [first, ...others] = configuration.values(value);
  return first && others.length === 0 ? textOf(first) : undefined;
}

function literalNamed(name: string, set: AttrsExpression | undefined): AttrsExpression | undefined {
  const binding = set?.bindings.find(
    (candidate): candidate is Binding =>
      candidate.kind === "binding" && candidate.path.length === 1 && candidate.path[0]?.parts[0] === name,
  );
  return binding?.value.kind === "attrs" ? binding.value : undefined;
}
