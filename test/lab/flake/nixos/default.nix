# The part of nixpkgs that the lab needs: modules are merged, disko's devices become scripts, a configuration becomes a system.
let
  lib = import ./lib.nix;
  packages = import ./packages.nix { inherit lib; };
in
{
  nixosSystem =
    { modules }:
    let
      args = {
        inherit config lib;
        pkgs = packages;
      };
      # Later modules add to earlier ones; of two values that cannot be added the later one counts.
      config = lib.evalModules args ([ ./defaults.nix ./disko ./system ] ++ modules);
    in
    {
      inherit config;
      pkgs = packages;
    };
}
