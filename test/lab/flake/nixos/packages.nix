{ lib }:

let
  system = "x86_64-linux";

  # What lies in the store already, as bootstrap files do: built elsewhere, known by its content.
  contents = builtins.fromJSON (builtins.readFile ../contents.json);
  fromStore =
    name: hash:
    derivation {
      inherit name system;
      builder = "/bin/sh";
      args = [ "-c" "echo 'Prepare the flake again: ${name} is not in the store.' >&2; exit 1" ];
      outputHashMode = "recursive";
      outputHashAlgo = "sha256";
      outputHash = hash;
    };
  stored = builtins.mapAttrs (_: { name, hash }: fromStore name hash) contents;

  runCommand =
    name: attrs: script:
    derivation (
      {
        inherit name system;
        builder = "${stored.busybox}/bin/sh";
        args = [ "-euc" script ];
        PATH = "${stored.busybox}/bin";
      }
      // attrs
    );
in
stored
// {
  inherit system runCommand;
  stdenv.hostPlatform = { inherit system; };

  writeText = name: text: runCommand name { inherit text; } ''printf %s "$text" > "$out"'';

  writeScript = name: text: runCommand name { inherit text; } ''
    printf %s "$text" > "$out"
    chmod +x "$out"
  '';
}
