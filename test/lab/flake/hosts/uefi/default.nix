# The host lab for a machine that boots by UEFI.
{ ... }:

{
  imports = [ ../lab ];

  networking.hostName = "uefi";
  boot.loader = {
    grub.enable = false;
    systemd-boot.enable = true;
  };
  disko.devices.disk.main.content.partitions.boot = {
    type = "EF00";
    content.format = "vfat";
  };
}
