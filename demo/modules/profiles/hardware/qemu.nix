# KVM guests: the VPS, and whatever I try out in virt-manager.
{ lib, modulesPath, ... }:

{
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") ];

  services.qemuGuest.enable = true;

  # From the desktop's hardware.nix; surely some of it is needed here too.
  hardware.enableRedistributableFirmware = true;

  boot.kernelParams = [
    "console=tty0"
    "console=ttyS0,115200"
  ];

  networking.useDHCP = lib.mkDefault true;
  nixpkgs.hostPlatform = "x86_64-linux";
}
