# 1 core, 962 MB, 20 GB on /dev/vda. Proxy node and Tailscale exit node.
{
  imports = [
    ./disko.nix
    ../../modules/profiles/hardware/qemu.nix
  ];

  networking.hostName = "vps-ultraman";

  modules = {
    # copied from mothra
    dev.cc.enable = true;
    dev.rust.enable = true;

    security.password.mode = "deploy";

    services = {
      podman.enable = true;
      sing-box.enable = true;
      ssh.enable = true;
      tailscale = {
        enable = true;
        exitNode = true;
      };
    };
  };

  zramSwap = {
    enable = true;
    memoryPercent = 100;
  };

  # The journal is on /persist, and 20 GB is not much.
  services.journald.extraConfig = "SystemMaxUse=200M";

  system.stateVersion = "25.11";
}
