# From what lsblk says of a disk, the commands that take everything off it, the innermost first.
def wipe: "wipefs --all -f \(.path | @sh)";

def take_apart:
  [
    (.mountpoints[] | select(. != null and . != "[SWAP]") | "umount -R \(@sh)"),
    ((.children // [])[] | take_apart[]),
    (if .fstype == "swap" then "swapoff \(.path | @sh)" else empty end),
    (if .type == "disk" then wipe, "dd if=/dev/zero of=\(.path | @sh) bs=440 count=1"
     elif .type == "part" then wipe
     else "echo \("Warning: unknown type \(.type)" | @sh)" end)
  ];

["set -fu", (.blockdevices[] | select("/dev/\(.name)" == $disk) | take_apart[])] | join("\n")
