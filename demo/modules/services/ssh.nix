{ config, lib, ... }:

let
  cfg = config.modules.services.ssh;
in
{
  options.modules.services.ssh.enable = lib.mkEnableOption "the SSH server";

  config = lib.mkIf cfg.enable {
    services.openssh = {
      enable = true;
      startWhenNeeded = true; # 5 MB less while nobody is logged in
      settings = {
        PasswordAuthentication = false;
        KbdInteractiveAuthentication = false;
        PermitRootLogin = "prohibit-password";
      };
    };

    users.users.root.openssh.authorizedKeys.keys = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILjYt3zN9DC5EL6dGy8cWEI6zG/dbsUR1+9UJF9ynUrU"
    ];

    # Same host key after a reboot, or every client complains.
    environment.persistence."/persist".directories = [ "/etc/ssh" ];
  };
}
