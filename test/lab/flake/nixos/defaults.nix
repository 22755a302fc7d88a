{
  networking.hostName = "nixos";
  systemd.network.networks = { };
  # An emulated processor translates code anew for each address that it is at.
  boot.kernelParams = [ "norandmaps" ];
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
