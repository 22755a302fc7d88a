import type { AttrsExpression, Binding, FunctionExpression } from "../syntax/expression.ts";
import type { Place } from "../syntax/place.ts";
import type { Guard, ListItem, Value } from "./value.ts";

/** An assignment to an option: `services.openssh.enable = lib.mkForce true;` in any of its forms. */
export interface Definition {
  /** Names of the option path; a name that is not known stands as its source text, such as `${cfg.root}`. */
  readonly path: readonly string[];
  /** Values of the names in `path` that are not known, by index. */
  readonly computedNames: ReadonlyMap<number, Value>;
  /** The value without `mkIf`, `mkMerge`, `mkForce`, … around it. */
  readonly value: Value;
  readonly guards: readonly Guard[];
  /** 100 unless `mkForce` (50), `mkDefault` (1000) or `mkOverride` says otherwise. */
  readonly priority: number;
  /** Where the last name of the path is written. */
  readonly name: Place;
  /** Where each name of the path is written. */
  readonly names: readonly Place[];
  /** The binding the value is written in, when there is one. */
  readonly binding: Binding | undefined;
  /** The literal set around that binding, when there is one. */
  readonly container: AttrsExpression | undefined;
  readonly module: Module;
}

/** An option the flake declares itself (`options.a.b = lib.mkOption { … }`). */
export interface OptionDeclaration {
  readonly path: readonly string[];
  readonly default: Value | undefined;
  readonly at: Place;
  readonly module: Module;
}

/** A NixOS module: a file, or a function or set written inside another one. */
export interface Module {
  /** The file it is written in. */
  readonly file: string;
  readonly at: Place;
  /** True when the module is the whole file. */
  readonly isFile: boolean;
  readonly definitions: readonly Definition[];
  readonly options: readonly OptionDeclaration[];
  /** The elements of `imports`, with the conditions they stand under. */
  readonly imports: readonly ListItem[];
  /** The value of the top-level `imports` as written; undefined when there is none. */
  readonly importsValue: Value | undefined;
  /** The binding of the top-level `imports`, when it is written as one. */
  readonly importsBinding: Binding | undefined;
  /** The functions around the module's set, outermost first: their arguments are the ones the module system gives to this module. */
  readonly heads: readonly FunctionExpression[];
  /** Options that are other names for options: `mkAliasOptionModule`, `mkRenamedOptionModule`. */
  readonly aliases: readonly { readonly from: readonly string[]; readonly to: readonly string[] }[];
  /** Whether the value looks like a module at all: a set, or a function that gives one. */
  readonly isModule: boolean;
}
