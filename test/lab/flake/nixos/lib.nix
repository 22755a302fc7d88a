let
  inherit (builtins) attrNames concatLists concatMap concatStringsSep foldl' isAttrs isFunction isList isPath map;

  isDerivation = value: isAttrs value && value.type or "" == "derivation";

  merge =
    first: second:
    if isAttrs first && isAttrs second && !isDerivation second then
      first // builtins.mapAttrs (name: value: if first ? ${name} then merge first.${name} value else value) second
    else if isList first && isList second then
      first ++ second
    else
      second;

  # The definitions of a module and of all that it imports.
  definitions =
    args: module:
    let
      content = if isPath module then import module else module;
      body = if isFunction content then content args else content;
    in
    concatMap (definitions args) (body.imports or [ ]) ++ [ (removeAttrs body [ "imports" ]) ];
in
rec {
  inherit isDerivation;

  evalModules = args: modules: foldl' merge { } (concatMap (definitions args) modules);

  optional = condition: value: if condition then [ value ] else [ ];
  optionals = condition: list: if condition then list else [ ];
  optionalString = condition: text: if condition then text else "";

  concatMapStrings = f: list: concatStringsSep "" (map f list);
  concatLines = concatMapStrings (line: line + "\n");

  mapAttrsToList = f: attrs: map (name: f name attrs.${name}) (attrNames attrs);
  concatMapAttrsToList = f: attrs: concatLists (mapAttrsToList f attrs);

  removePrefix = prefix: text: builtins.substring (builtins.stringLength prefix) (builtins.stringLength text) text;

  boolToYesNo = value: if value == true then "yes" else if value == false then "no" else toString value;
}
