# Turns a configuration into a system: what NixOS calls toplevel, with init, activation, etc, kernel and boot loader.
{ config, lib, pkgs, ... }:

let
  inherit (lib) concatLines concatMapAttrsToList concatMapStrings mapAttrsToList;
  inherit (config) boot environment fileSystems;

  # Mounted before the system is started: what NixOS cannot do without, and what says so.
  isEarly =
    path: builtins.elem path [ "/" "/etc" "/nix" "/nix/store" "/var" ] || fileSystems.${path}.neededForBoot or false;
  fstabLine =
    path:
    let
      inherit (fileSystems.${path}) device fsType options;
    in
    "${device} ${path} ${fsType} ${builtins.concatStringsSep "," options} 0 0";
  mountPoints = builtins.attrNames fileSystems;
  fstab = lines: concatLines (map fstabLine lines);

  initialRamdisk = pkgs.runCommand "initrd" {
    init = ./initrd.sh;
    fstab = pkgs.writeText "initrd-fstab" (fstab (builtins.filter isEarly mountPoints));
    modules = toString boot.initrd.availableKernelModules;
    inherit (pkgs) busybox kernel;
  } (builtins.readFile ./buildInitrd.sh);

  etc = import ./etc.nix { inherit config lib; } // {
    fstab = fstab mountPoints;
  };

  persisted =
    kind:
    concatLines (
      concatMapAttrsToList (root: persistence: map (path: "${root} ${path}") (persistence.${kind} or [ ]))
        environment.persistence
    );
in
{
  system.build.toplevel =
    pkgs.runCommand "nixos-system-${config.networking.hostName}-${config.system.stateVersion}"
      {
        inherit initialRamdisk;
        inherit (pkgs) busybox kernel programs;
        etcFiles = concatLines (mapAttrsToList (name: text: "${name} ${pkgs.writeText (baseNameOf name) text}") etc);
        kernelParams = concatMapStrings (param: " ${param}") boot.kernelParams;
        hostKeys = concatMapStrings ({ path, ... }: path + "\n") config.services.openssh.hostKeys;
        bootLoader = if boot.loader.systemd-boot.enable then "systemd-boot" else "grub";
        grubDevices = lib.optionalString boot.loader.grub.enable (concatLines boot.loader.grub.devices);
        persistedDirectories = persisted "directories";
        persistedFiles = persisted "files";
        nixosVersion = "${config.system.stateVersion} (lab)";
        hostSystem = pkgs.system;
        scripts = ./scripts;
      }
      (builtins.readFile ./buildToplevel.sh);
}
