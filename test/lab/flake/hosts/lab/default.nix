{ ... }:

{
  imports = [ ./disko.nix ];

  networking.hostName = "lab";
  systemd.network.networks."10-wan" = {
    matchConfig.Name = "e*";
    address = [ "10.0.2.15/24" ];
    gateway = [ "10.0.2.2" ];
  };

  boot.kernelParams = [ "console=ttyS0,115200" ];
  boot.initrd.availableKernelModules = [ "virtio_pci" "virtio_blk" "ext4" "btrfs" ];
  boot.loader.grub.enable = true;

  services.openssh = {
    enable = true;
    settings = {
      PasswordAuthentication = false;
      KbdInteractiveAuthentication = false;
      PermitRootLogin = "prohibit-password";
    };
    # The root is empty at every boot: the key that clients know has to lie elsewhere.
    hostKeys = [
      {
        type = "ed25519";
        path = "/persist/etc/ssh/ssh_host_ed25519_key";
      }
    ];
  };

  users.mutableUsers = false;
  users.users.root = {
    # "lab", for the console.
    hashedPassword = "$6$nixosvpslab$nWCQUDJlGbgYcK4lNNOfpglb2cmdf0FA6K2RxNIABEYSB5kGonrMduZLEyQ20aaYv9Z6ijstoAvt0QQ3ZwNSr.";
    openssh.authorizedKeys.keyFiles = [ ./authorized_keys ];
  };

  environment.persistence."/persist" = {
    directories = [ "/var/lib/nixos" "/var/log" ];
    files = [ "/etc/machine-id" ];
  };

  system.stateVersion = "26.05";
}
