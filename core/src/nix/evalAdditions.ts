import { type HostReference, hostAttribute } from "./flakeReference.ts";
import { NixFailed, type NixOptions, runNix } from "./runNix.ts";

/** A store path that a module puts into the system through an option. */
export interface Addition {
  /** Such as `environment.systemPackages`, or `users.users.alice.packages`. */
  readonly option: string;
  /** The module as Nix calls it: a path in the store, or what a framework names it. */
  readonly file: string;
  /** The outputs of a package that are installed, or a text with store paths in it, such as a command line. */
  readonly paths: readonly string[];
  /** The package's own name without version, where it says so. */
  readonly name: string | undefined;
}

/**
 * What each definition of an option adds. The options system has the module beside each value, with conditions and priorities
 * applied (nixpkgs, lib/modules.nix, definitionsWithLocations), though not inside of submodules. Values are looked at one by one
 * behind `tryEval`, so that one that throws costs itself alone. Services and files are asked of the flake's own modules only:
 * nixpkgs defines hundreds of them.
 */
const probe = `ownFiles: host:
let
  inherit (builtins) attrNames concatMap concatStringsSep deepSeq filter hasAttr head isAttrs isList isPath isString parseDrvName stringLength substring tail tryEval unsafeDiscardStringContext;

  options = host.options or { };
  try = value: fallback: let tried = tryEval value; in if tried.success then tried.value else fallback;
  # tryEval alone looks at the outermost constructor only.
  tryDeep = value: try (deepSeq value value);

  at = path: set:
    if path == [ ] then set
    else if isAttrs set && hasAttr (head path) set then at (tail path) set.\${head path}
    else null;
  definitions = path:
    try (map ({ file, value, ... }: { inherit value; file = toString file; }) ((at path options).definitionsWithLocations or [ ])) [ ];
  isOwn = { file, ... }: substring 0 (stringLength ownFiles) file == ownFiles;

  # What is inside of mkIf, mkMerge, mkForce and mkOrder, where the options system has not come yet.
  contents = value:
    let type = try (if isAttrs value then value._type or "" else "") "";
    in
    if type == "if" then (if try (value.condition == true) false then contents value.content else [ ])
    else if type == "merge" then concatMap contents (try value.contents [ ])
    else if type == "override" || type == "order" then contents value.content
    else [ value ];

  text = value: unsafeDiscardStringContext (toString value);
  isPackage = value: isAttrs value && value ? outPath;
  installed = package: filter (output: hasAttr output package) (package.meta.outputsToInstall or [ ]);
  pathsOf = value:
    if isPackage value && !(value.outputSpecified or false) && installed value != [ ]
    then map (output: text value.\${output}) (installed value)
    else if isPackage value || isString value || isPath value then [ (text value) ]
    else [ ];
  nameOf = value:
    if isPackage value then value.pname or (if value ? name then (parseDrvName value.name).name else null) else null;
  record = option: file: value: tryDeep { inherit option file; paths = pathsOf value; name = nameOf value; } null;
  records = option: { file, value }:
    concatMap
      (content: map (record option file) (try (if isList content then content else [ content ]) [ ]))
      (contents value);

  values = path: concatMap (records (concatStringsSep "." path)) (definitions path);
  # Of what is defined for each name in a set of submodules, what lies below: a list of values.
  members = own: path: below:
    concatMap
      ({ file, value }:
        concatMap
          (set: concatMap (name: member (path ++ [ name ] ++ below) file below set.\${name}) (try (if isAttrs set then attrNames set else [ ]) [ ]))
          (contents value))
      (filter (definition: !own || isOwn definition) (definitions path));
  member = option: file: below: value:
    concatMap
      (content: let found = try (at below content) null; in if found == null then [ ] else records (concatStringsSep "." option) { inherit file; value = found; })
      (contents value);
in
filter (each: each != null && each.paths != [ ]) (
  concatMap values [
    [ "environment" "systemPackages" ]
    [ "environment" "defaultPackages" ]
    [ "environment" "corePackages" ]
    [ "fonts" "packages" ]
    [ "hardware" "firmware" ]
    [ "hardware" "graphics" "extraPackages" ]
    [ "boot" "extraModulePackages" ]
    [ "systemd" "packages" ]
    [ "services" "udev" "packages" ]
    [ "services" "dbus" "packages" ]
    [ "programs" "nix-ld" "libraries" ]
    [ "nix" "package" ]
    [ "nixpkgs" "flake" "source" ]
  ]
  ++ members false [ "users" "users" ] [ "packages" ]
  ++ members false [ "users" "users" ] [ "shell" ]
  ++ members false [ "home-manager" "users" ] [ "home" "packages" ]
  ++ members true [ "environment" "etc" ] [ "source" ]
  ++ members true [ "systemd" "services" ] [ "path" ]
  ++ members true [ "systemd" "services" ] [ "script" ]
  ++ members true [ "systemd" "services" ] [ "serviceConfig" "ExecStart" ]
)`;

/**
 * Asks a host's configuration which module adds what. The modules of the flake itself lie below a directory, its copy in the store.
 * Throws `NixFailed`, also when the host does not exist.
 */
export async function evalAdditions(
  reference: HostReference,
  ownFiles: string,
  options: NixOptions,
): Promise<Addition[]> {
  const apply = `(${probe}) ${nixString(ownFiles)}`;
  const args = ["eval", "--json", "--no-write-lock-file", hostAttribute(reference, ""), "--apply", apply];
  return parseAdditions(await runNix(args, { ...options, evaluationOf: reference, keptCharacters: 100_000_000 }));
}

function nixString(text: string): string {
  return `"${text.replace(/["\\$]/g, "\\$&")}"`;
}

function parseAdditions(output: string): Addition[] {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    value = undefined;
  }
  if (!Array.isArray(value)) throw new NixFailed("failed", "nix eval printed something else than was asked for.");
  return value.flatMap((each: unknown): Addition[] => {
    const { option, file, paths, name } = each as Record<string, unknown>;
    if (typeof option !== "string" || typeof file !== "string" || !Array.isArray(paths)) return [];
    return [
      {
        option,
        file,
        paths: paths.filter((path) => typeof path === "string"),
        name: typeof name === "string" ? name : undefined,
      },
    ];
  });
}
