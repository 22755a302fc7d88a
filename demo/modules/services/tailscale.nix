{ config, lib, ... }:

let
  cfg = config.modules.services.tailscale;
in
{
  options.modules.services.tailscale = {
    enable = lib.mkEnableOption "Tailscale";
    exitNode = lib.mkEnableOption "offering this machine as an exit node";
  };

  config = lib.mkIf cfg.enable {
    age.secrets.tailscale-key.file = ../../secrets/tailscale-key.age;

    services.tailscale = {
      enable = true;
      openFirewall = true;
      authKeyFile = config.age.secrets.tailscale-key.path;
      useRoutingFeatures = if cfg.exitNode then "server" else "client";
      extraUpFlags = lib.optional cfg.exitNode "--advertise-exit-node";
    };
    networking.firewall.trustedInterfaces = [ "tailscale0" ];

    environment.persistence."/persist".directories = [
      {
        directory = "/var/lib/tailscale";
        mode = "0700";
      }
    ];
  };
}
