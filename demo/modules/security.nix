{ config, lib, ... }:

let
  cfg = config.modules.security;
  passwordFile = ../secrets/${config.networking.hostName}.age;
in
{
  options.modules.security.password.mode = lib.mkOption {
    type = lib.types.enum [ "bootstrap" "deploy" "none" ];
    default = "deploy";
    description = ''
      Where root's password comes from.
      bootstrap: a fixed one, for the console of a machine that is being installed.
      deploy: secrets/<host>.age, which needs the host key of the installed machine.
      none: no password, SSH keys only.
    '';
  };

  config = lib.mkMerge [
    (lib.mkIf (cfg.password.mode == "bootstrap") {
      users.mutableUsers = true;
      users.users.root.initialPassword = "nixos";
    })

    # A new machine has no secret yet: do not fail the build over it.
    (lib.mkIf (cfg.password.mode == "deploy" && builtins.pathExists passwordFile) {
      age.secrets.root-password.file = passwordFile;
      users.mutableUsers = false;
      users.users.root.hashedPasswordFile = config.age.secrets.root-password.path;
    })

    {
      networking.firewall.enable = true;
      security.sudo.execWheelOnly = true;
      boot.tmp.cleanOnBoot = true;
      boot.kernel.sysctl = {
        "kernel.kptr_restrict" = 2;
        "net.core.default_qdisc" = "fq";
        "net.ipv4.tcp_congestion_control" = "bbr";
      };
    }
  ];
}
