{
  networking.hostName = "nixos";
  systemd.network.networks = { };
  # An emulated processor translates code anew for each address that it is at, and misses ticks that the kernel counts at its start.
  boot.kernelParams = [ "norandmaps" "no_timer_check" ];
  boot.initrd.availableKernelModules = [ ];
  boot.loader.grub = {
    enable = false;
    devices = [ ];
  };
  boot.loader.systemd-boot.enable = false;
  disko.devices = {
    disk = { };
    nodev = { };
  };
  environment.etc = { };
  environment.persistence = { };
  fileSystems = { };
  nix.settings = {
    substituters = [ ];
    trusted-public-keys = [ ];
  };
  services.openssh = {
    enable = false;
    hostKeys = [ ];
    settings = { };
  };
  swapDevices = [ ];
  users.users = { };
}
