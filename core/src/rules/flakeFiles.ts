import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import type { Place } from "../syntax/place.ts";
import { normalizePath } from "./paths.ts";

/** A path below `/etc` at which the flake itself lets activation write. */
export interface FlakeFile {
  readonly path: string;
  /** `environment.etc`, `age.secrets`, … */
  readonly option: string;
  /** Where it is named. */
  readonly at: Place;
  readonly definition: Definition;
  /** A link to a file or directory of the flake. */
  readonly isStoreLink: boolean;
}

/** Options that give secrets a path, where activation puts a link to the decrypted file (agenix, sops-nix). */
const secretOptions = ["age.secrets", "sops.secrets", "sops.templates"];

const memo = new WeakMap<Configuration, readonly FlakeFile[]>();

/** What `environment.etc` and the paths of secrets write below `/etc`. */
export function flakeFiles(configuration: Configuration): readonly FlakeFile[] {
  const known = memo.get(configuration);
  if (known) return known;
  const files = [...etcFiles(configuration), ...secretOptions.flatMap((option) => secretFiles(configuration, option))];
  memo.set(configuration, files);
  return files;
}

function etcFiles(configuration: Configuration): FlakeFile[] {
  const byName = new Map<string, Definition[]>();
  for (const definition of configuration.definitionsBelow("environment.etc.*")) {
    const name = definition.path[2] ?? "";
    const known = byName.get(name);
    if (known) known.push(definition);
    else byName.set(name, [definition]);
  }
  return [...byName].flatMap(([name, definitions]) => {
    const [first] = definitions;
    const attribute = (wanted: string) =>
      definitions
        .filter((definition) => definition.path.length === 4 && definition.path[3] === wanted)
        .flatMap((definition) => configuration.values(definition.value));
    const isOff = attribute("enable").some((value) => value.kind === "boolean" && !value.value);
    if (!first || isOff) return [];
    const computed = first.computedNames.get(2);
    const names = computed
      ? configuration.values(computed).flatMap((value) => (value.kind === "string" ? [value.text] : []))
      : [name];
    const targets = attribute("target").flatMap((value) => (value.kind === "string" ? [value.text] : []));
    const isStoreLink = attribute("source").some((value) => value.kind === "path");
    const at = first.names[2] ?? first.name;
    return (targets.length > 0 ? targets : names).flatMap((target) => {
      const path = normalizePath(`/etc/${target}`);
      return path === undefined ? [] : [{ path, option: "environment.etc", at, definition: first, isStoreLink }];
    });
  });
}

function secretFiles(configuration: Configuration, option: string): FlakeFile[] {
  return configuration.definitions(`${option}.*.path`).flatMap((definition) =>
    configuration.values(definition.value).flatMap((value) => {
      const path = value.kind === "string" ? normalizePath(value.text) : undefined;
      if (path === undefined || !path.startsWith("/etc/")) return [];
      return [{ path, option, at: definition.name, definition, isStoreLink: false }];
    }),
  );
}
