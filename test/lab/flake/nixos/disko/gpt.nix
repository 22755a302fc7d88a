{ lib }:

let
  inherit (builtins) attrNames concatMap genList length sort;
  inherit (lib) concatMapStrings mapAttrsToList;
  contents = import ./contents.nix { inherit lib; };

  # The boot loader's partition comes first, the one that takes the rest last, others by name.
  priority = partition: if partition.type or "" == "EF02" then 100 else if partition.size == "100%" then 9001 else 1000;

  partitionsOf =
    disk:
    let
      named = mapAttrsToList (name: partition: { inherit name; } // partition) disk.content.partitions;
      before = a: b: priority a < priority b || priority a == priority b && a.name < b.name;
      sorted = sort before named;
    in
    genList (
      index:
      let
        partition = builtins.elemAt sorted index;
        label = "disk-${disk.name}-${partition.name}";
      in
      {
        inherit label;
        number = toString (index + 1);
        type = partition.type or "8300";
        end = if partition.size == "100%" then "-0" else "+${partition.size}";
        content = partition.content or null;
        device = "/dev/disk/by-partlabel/${label}";
      }
    ) (length sorted);

  createPartition =
    disk:
    { number, label, type, end, ... }:
    let
      args = ''
        --partition-guid="${number}:R" \
        --change-name="${number}:${label}" \
        --typecode=${number}:${type} \
        --attributes=${number}:=:0 \
        "${disk}" \
      '';
    in
    ''
      # try to create the partition, if it fails, try to change the type and name
      if ! sgdisk --align-end --new=${number}:0:${end} \
      ${args}
      then
        sgdisk ${args}
      fi
      # ensure /dev/disk/by-path/..-partN exists before continuing
      partprobe "${disk}" || : # sometimes partprobe fails, but the partitions are still up2date
      udevadm trigger --subsystem-match=block
      udevadm settle --timeout 120
    '';
in
{
  create =
    disk:
    let
      partitions = partitionsOf disk;
    in
    ''
      if ! blkid "${disk.device}" >&2; then
        sgdisk --clear "${disk.device}"
      fi
      ${concatMapStrings (createPartition disk.device) partitions}
      ${concatMapStrings ({ device, content, ... }: contents.create device content) partitions}
    '';

  mounts = disk: concatMap ({ device, content, ... }: contents.mounts device content) (partitionsOf disk);

  grubDevices =
    disk:
    lib.optional (builtins.any ({ type, ... }: type == "EF02") (partitionsOf disk)) disk.device;
}
