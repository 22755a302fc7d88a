import {
  type TargetDisk,
  type TargetFacts,
  type TargetMount,
  type TargetSwap,
  type Unknown,
  unknownFacts,
} from "./targetFacts.ts";

/** The text holds no facts; the message says what is wrong where. */
export class FactsInvalid extends Error {
  override readonly name = "FactsInvalid";
}

type Read<Type> = (value: unknown, path: string) => Type;

/**
 * Reads recorded facts (JSON). What is missing, or null, is unknown, and so is what it is a part of where that says nothing without
 * it; what is there must have the right type, and one of them must be there. Throws `FactsInvalid`.
 */
export function parseFacts(text: string): TargetFacts {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FactsInvalid(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const facts = record(value, "the facts");
  if (!Object.keys(unknownFacts).some((name) => name in facts))
    throw new FactsInvalid("it has none of what nixos-vps inspect prints, such as memory and disks");
  const read = <Type>(name: keyof TargetFacts, reader: Read<Type>): Type | Unknown => known(facts[name], name, reader);
  return {
    ...unknownFacts,
    memory: read(
      "memory",
      whole((memory, path) => ({
        totalKiB: known(memory["totalKiB"], `${path}.totalKiB`, number),
        availableKiB: known(memory["availableKiB"], `${path}.availableKiB`, number),
      })),
    ),
    swap: read("swap", list(swap)),
    os: read("os", (given, path) => {
      const os = record(given, path);
      const text = (name: string): string => known(os[name], `${path}.${name}`, string);
      return { id: text("id"), name: text("name"), variantId: text("variantId") };
    }),
    kernel: read("kernel", string),
    arch: read("arch", string),
    container: read("container", string),
    user: read(
      "user",
      whole((user, path) => ({
        name: known(user["name"], `${path}.name`, string),
        uid: known(user["uid"], `${path}.uid`, number),
      })),
    ),
    root: read("root", oneOf("is-root", "passwordless", "needs-password", "no-way")),
    tools: read("tools", list(string)),
    packageManager: read("packageManager", string),
    firmware: read("firmware", oneOf("bios", "uefi")),
    secureBoot: read("secureBoot", boolean),
    lockdown: read("lockdown", string),
    kexecLoadDisabled: read("kexecLoadDisabled", boolean),
    zram: read("zram", boolean),
    hostKeys: read(
      "hostKeys",
      list((given, path) => {
        const key = record(given, path);
        return {
          type: string(key["type"], `${path}.type`),
          fingerprint: known(key["fingerprint"], `${path}.fingerprint`, string),
        };
      }),
    ),
    network: read("network", (given, path) => {
      const network = record(given, path);
      return {
        addresses: list(string)(network["addresses"] ?? [], `${path}.addresses`),
        gateways: list(string)(network["gateways"] ?? [], `${path}.gateways`),
        dhcp: known(network["dhcp"], `${path}.dhcp`, boolean),
      };
    }),
    disks: read("disks", list(disk)),
    rootFilesystem: read(
      "rootFilesystem",
      whole((filesystem, path) => ({
        fstype: known(filesystem["fstype"], `${path}.fstype`, string),
        freeBytes: known(filesystem["freeBytes"], `${path}.freeBytes`, number),
      })),
    ),
    homeFreeBytes: read("homeFreeBytes", number),
    sshPort: read("sshPort", number),
    bootId: read("bootId", string),
  };
}

function swap(given: unknown, path: string): TargetSwap {
  const entry = record(given, path);
  return {
    name: string(entry["name"], `${path}.name`),
    kind: known(entry["kind"], `${path}.kind`, oneOf("partition", "file", "zram")),
    sizeKiB: number(entry["sizeKiB"], `${path}.sizeKiB`),
    usedKiB: known(entry["usedKiB"], `${path}.usedKiB`, number),
  };
}

function disk(given: unknown, path: string): TargetDisk {
  const entry = record(given, path);
  return {
    name: string(entry["name"], `${path}.name`).replace(/^\/dev\//, ""),
    sizeBytes: known(entry["sizeBytes"], `${path}.sizeBytes`, number),
    model: known(entry["model"], `${path}.model`, string),
    serial: known(entry["serial"], `${path}.serial`, string),
    mounts: list(mount)(entry["mounts"] ?? [], `${path}.mounts`),
    ...(entry["aliases"] === undefined ? {} : { aliases: list(string)(entry["aliases"], `${path}.aliases`) }),
  };
}

/** A mount may be given by its path alone. */
function mount(given: unknown, path: string): TargetMount {
  if (typeof given === "string") return { path: given, source: "unknown", fstype: "unknown" };
  const entry = record(given, path);
  return {
    path: string(entry["path"], `${path}.path`),
    source: known(entry["source"], `${path}.source`, string),
    fstype: known(entry["fstype"], `${path}.fstype`, string),
  };
}

function known<Type>(value: unknown, path: string, reader: Read<Type>): Type | Unknown {
  return value === undefined || value === null || value === "unknown" ? "unknown" : reader(value, path);
}

type Known<Type> = { readonly [Name in keyof Type]: Exclude<Type[Name], Unknown> };

/** An object that says nothing when one of its members is not known. */
function whole<Type extends object>(
  reader: (given: Record<string, unknown>, path: string) => Type,
): Read<Known<Type> | Unknown> {
  return (given, path) => {
    const members = reader(record(given, path), path);
    return Object.values(members).includes("unknown") ? "unknown" : (members as Known<Type>);
  };
}

function list<Type>(reader: Read<Type>): Read<readonly Type[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw wrong(path, "a list", value);
    return value.map((element: unknown, index) => reader(element, `${path}[${index}]`));
  };
}

function oneOf<const Options extends readonly string[]>(...options: Options): Read<Options[number]> {
  return (value, path) => {
    const found = options.find((option) => option === value);
    if (found === undefined) throw wrong(path, `one of ${options.join(", ")}`, value);
    return found;
  };
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(path, "an object", value);
  return value as Record<string, unknown>;
}

function string(value: unknown, path: string): string {
  if (typeof value !== "string") throw wrong(path, "a string", value);
  return value;
}

function number(value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) throw wrong(path, "a number from 0 on", value);
  return value;
}

function boolean(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") throw wrong(path, "true or false", value);
  return value;
}

function wrong(path: string, wanted: string, value: unknown): FactsInvalid {
  return new FactsInvalid(`${path} must be ${wanted}, and is ${JSON.stringify(value) ?? "missing"}`.slice(0, 300));
}
