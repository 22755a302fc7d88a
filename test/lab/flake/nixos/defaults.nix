{
  networking.hostName = "nixos";
  systemd.network.networks = { };
  boot.kernelParams = [ ];
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
