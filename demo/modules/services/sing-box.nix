{ config, lib, ... }:

let
  cfg = config.modules.services.sing-box;
in
{
  options.modules.services.sing-box = {
    enable = lib.mkEnableOption "the VLESS + REALITY inbound";
    port = lib.mkOption {
      type = lib.types.port;
      default = 443;
    };
    serverName = lib.mkOption {
      type = lib.types.str;
      default = "www.example.org";
      description = "The site that REALITY borrows its handshake from.";
    };
  };

  config = lib.mkIf cfg.enable {
    age.secrets.sing-box-uuid.file = ../../secrets/sing-box-uuid.age;
    age.secrets.sing-box-reality.file = ../../secrets/sing-box-reality.age;

    services.sing-box = {
      enable = true;
      settings = {
        log.level = "warn";
        inbounds = [
          {
            type = "vless";
            tag = "vless-in";
            listen = "::";
            listen_port = cfg.port;
            users = [
              {
                uuid._secret = config.age.secrets.sing-box-uuid.path;
                flow = "xtls-rprx-vision";
              }
            ];
            tls = {
              enabled = true;
              server_name = cfg.serverName;
              reality = {
                enabled = true;
                handshake = {
                  server = cfg.serverName;
                  server_port = 443;
                };
                private_key._secret = config.age.secrets.sing-box-reality.path;
                short_id = [ "" ];
              };
            };
          }
        ];
        outbounds = [ { type = "direct"; } ];
      };
    };

    networking.firewall.allowedTCPPorts = [ cfg.port ];
    networking.firewall.allowedUDPPorts = [ cfg.port ];
  };
}
