{ lib }:

let
  inherit (lib) concatMapStrings mapAttrsToList;

  formats = {
    filesystem = {
      create = device: { format, extraArgs ? [ ], ... }: ''
        # create the filesystem only if the device seems empty
        if ! (blkid "${device}" -o export | grep -q '^TYPE='); then
          mkfs.${format} ${toString extraArgs} "${device}"
        fi
      '';
      mounts = device: { format, mountpoint, mountOptions ? [ "defaults" ], ... }: [
        {
          inherit device mountpoint;
          fsType = format;
          options = mountOptions;
        }
      ];
    };

    btrfs = {
      create = device: { subvolumes, extraArgs ? [ ], ... }: ''
        # create the filesystem only if the device seems empty
        if ! (blkid "${device}" -o export | grep -q '^TYPE='); then
          mkfs.btrfs "${device}" ${toString extraArgs}
        fi
        if (blkid "${device}" -o export | grep -q '^TYPE=btrfs$'); then
          ${concatMapStrings (name: ''
            (
              MNTPOINT=$(mktemp -d)
              mount "${device}" "$MNTPOINT" -o subvol=/
              trap 'umount "$MNTPOINT"; rm -rf "$MNTPOINT"' EXIT
              SUBVOL_ABS_PATH="$MNTPOINT/${name}"
              mkdir -p "$(dirname "$SUBVOL_ABS_PATH")"
              if ! btrfs subvolume show "$SUBVOL_ABS_PATH" > /dev/null 2>&1; then
                btrfs subvolume create "$SUBVOL_ABS_PATH"
              fi
            )
          '') (builtins.attrNames subvolumes)}
        fi
      '';
      mounts = device: { subvolumes, ... }: mapAttrsToList (name: subvolume: {
        inherit device;
        inherit (subvolume) mountpoint;
        fsType = "btrfs";
        options = (subvolume.mountOptions or [ "defaults" ]) ++ [ "subvol=${name}" ];
      }) subvolumes;
    };

    swap = {
      create = device: _: ''
        if ! (blkid "${device}" -o export | grep -q '^TYPE='); then
          mkswap "${device}"
        fi
      '';
      mounts = _: _: [ ];
    };
  };
in
{
  create = device: content: lib.optionalString (content != null) (formats.${content.type}.create device content);
  mounts = device: content: lib.optionals (content != null) (formats.${content.type}.mounts device content);
}
