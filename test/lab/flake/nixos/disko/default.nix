# Turns disko.devices into the scripts that nixos-anywhere runs, in the shape of disko's own: the same programs in the same order.
{ config, lib, pkgs, ... }:

let
  inherit (config.disko) devices;
  inherit (lib) concatMapStrings mapAttrsToList concatMapAttrsToList;
  gpt = import ./gpt.nix { inherit lib; };

  disks = mapAttrsToList (name: disk: { inherit name; } // disk) devices.disk;
  mounts =
    mapAttrsToList (mountpoint: nodev: {
      inherit mountpoint;
      inherit (nodev) fsType;
      device = nodev.device or "none";
      options = nodev.mountOptions or [ "defaults" ];
    }) devices.nodev
    ++ builtins.concatMap gpt.mounts disks;

  # A file system comes after the one that holds its mount point.
  mountsInOrder = builtins.sort (a: b: a.mountpoint < b.mountpoint) mounts;

  destroy = ''
    umount -Rv "/mnt" || :

    # shellcheck disable=SC2043,2041
    for dev in ${toString (map (disk: disk.device) disks)};
    do
      $BASH ${./disk-deactivate}/disk-deactivate "$dev"
    done

  '';

  create = ''
    set -efux

    disko_devices_dir=$(mktemp -d)
    trap 'rm -rf "$disko_devices_dir"' EXIT
    mkdir -p "$disko_devices_dir"

    ${concatMapStrings gpt.create disks}
  '';

  mount = ''
    set -efux
    # first create the necessary devices

    # and then mount the filesystems in dependency order
    ${concatMapStrings mountOne mountsInOrder}
  '';

  mountOne =
    { device, mountpoint, fsType, options }:
    let
      found = if device == "none" then fsType else ''"${device}"'';
    in
    ''
      if ! findmnt ${found} "/mnt${mountpoint}" > /dev/null 2>&1; then
        mount -t ${fsType} "${device}" "/mnt${mountpoint}" \
        ${concatMapStrings (option: "-o ${option} ") options}\
        -o X-mount.mkdir
      fi
    '';

  script = name: body: pkgs.writeScript name ''
    #!${pkgs.diskTools}/bin/bash
    export PATH=${pkgs.diskTools}/bin:$PATH
    ${body}
  '';
  scriptNoDeps = name: body: pkgs.writeScript name ''
    #!/usr/bin/env bash
    ${body}
  '';
in
{
  fileSystems = builtins.listToAttrs (
    map ({ mountpoint, ... }@mount: {
      name = mountpoint;
      value = { inherit (mount) device fsType options; };
    }) mounts
  );

  boot.loader.grub.devices = builtins.concatMap gpt.grubDevices disks;

  system.build = {
    diskoScript = script "disko" "${destroy}${create}${mount}";
    diskoScriptNoDeps = scriptNoDeps "disko" "${destroy}${create}${mount}";
    formatScript = script "disko-format" create;
    formatScriptNoDeps = scriptNoDeps "disko-format" create;
    mountScript = script "disko-mount" mount;
    mountScriptNoDeps = scriptNoDeps "disko-mount" mount;
  };
}
