{ config, lib, ... }:

let
  cfg = config.modules.services.podman;
in
{
  options.modules.services.podman.enable = lib.mkEnableOption "rootful podman";

  config = lib.mkIf cfg.enable {
    virtualisation.podman = {
      enable = true;
      dockerCompat = true;
      autoPrune.enable = true;
      defaultNetwork.settings.dns_enabled = true;
    };
    virtualisation.oci-containers.backend = "podman";

    environment.persistence."/persist".directories = [
      "/etc/containers" # networks
      "/var/lib/containers"
    ];
  };
}
