# The desktop under the desk. Builds for the VPS, runs the test guests.
{ pkgs, ... }:

{
  imports = [ ./hardware.nix ];

  networking.hostName = "mothra";
  networking.networkmanager.enable = true;

  modules = {
    desktop.wayland.enable = true;
    dev.cc.enable = true;
    dev.rust.enable = true;
    services = {
      podman.enable = true;
      ssh.enable = true;
      tailscale.enable = true;
    };
    virt.microvm.enable = true;
  };

  users.users.me = {
    isNormalUser = true;
    extraGroups = [ "networkmanager" "podman" "wheel" ];
    hashedPasswordFile = "/persist/passwords/me";
    shell = pkgs.zsh;
  };
  programs.zsh.enable = true;

  environment.persistence."/persist" = {
    directories = [
      "/etc/NetworkManager/system-connections"
      "/var/lib/bluetooth"
    ];
    users.me.directories = [
      "Documents"
      "Downloads"
      "src"
      ".config/BraveSoftware"
      ".local/share/cargo"
      ".mozilla"
      { directory = ".ssh"; mode = "0700"; }
    ];
  };

  system.stateVersion = "24.11";
}
