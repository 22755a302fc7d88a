# Generated files under /etc, by their path.
{ config, lib }:

let
  inherit (lib) concatLines concatMapStrings mapAttrsToList;
  inherit (config) networking services systemd system users;
  ssh = services.openssh;

  networkFiles = builtins.listToAttrs (
    mapAttrsToList (name: network: {
      name = "systemd/network/${name}.network";
      value = ''
        [Match]
        Name=${network.matchConfig.Name}

        [Network]
        ${concatMapStrings (address: "Address=${address}\n") network.address}
        ${concatMapStrings (gateway: "Gateway=${gateway}\n") network.gateway}
      '';
    }) systemd.network.networks
  );

  sshService = ''
    [Unit]
    Description=SSH Daemon

    [Service]
    ExecStart=/run/current-system/sw/bin/sshd -D -f /etc/ssh/sshd_config
  '';
  sshFiles = {
    "ssh/sshd_config" = ''
      ${concatMapStrings ({ path, ... }: "HostKey ${path}\n") ssh.hostKeys}
      ${concatLines (mapAttrsToList (name: value: "${name} ${lib.boolToYesNo value}") ssh.settings)}
      AuthorizedKeysFile %h/.ssh/authorized_keys /etc/ssh/authorized_keys.d/%u
      UsePAM no
      UseDNS no
      PrintMotd no
      Subsystem sftp internal-sftp
    '';
    "systemd/system/sshd.service" = sshService;
    "systemd/system/multi-user.target.wants/sshd.service" = sshService;
  };

  # As impermanence does: one unit for each persisted directory.
  persistenceUnits = builtins.listToAttrs (
    lib.concatMapAttrsToList (
      root: persistence:
      map (path: {
        name = "systemd/system/${builtins.replaceStrings [ "/" ] [ "-" ] (lib.removePrefix "/" path)}.mount";
        value = ''
          [Mount]
          What=${root}${path}
          Where=${path}
          Options=bind
        '';
      }) (persistence.directories or [ ])
    ) config.environment.persistence
  );

  authorizedKeys = builtins.listToAttrs (
    mapAttrsToList (name: user: {
      name = "ssh/authorized_keys.d/${name}";
      value = concatLines (
        (user.openssh.authorizedKeys.keys or [ ])
        ++ map builtins.readFile (user.openssh.authorizedKeys.keyFiles or [ ])
      );
    }) users.users
  );
in
networkFiles
// persistenceUnits
// authorizedKeys
// (if ssh.enable then sshFiles else { })
// {
  hostname = networking.hostName + "\n";
  hosts = "127.0.0.1 localhost ${networking.hostName}\n";
  passwd = ''
    root:x:0:0:root:/root:/bin/bash
    sshd:x:100:65534::/run/sshd:/bin/false
    nobody:x:65534:65534::/:/bin/false
  '';
  group = ''
    root:x:0:
    tty:x:5:
    disk:x:6:
    nogroup:x:65534:
  '';
  shadow = concatLines (
    mapAttrsToList (name: user: "${name}:${user.hashedPassword or "!"}:19000::::::") users.users
    ++ [ "sshd:!:19000::::::" ]
  );
  "nsswitch.conf" = ''
    passwd: files
    group: files
    shadow: files
    hosts: files dns
  '';
  os-release = ''
    NAME=NixOS
    PRETTY_NAME="NixOS ${system.stateVersion} (lab)"
    ID=nixos
    VERSION_ID="${system.stateVersion}"
  '';
  inittab = ''
    ::sysinit:/bin/sh /etc/rc
    ::respawn:/bin/sshd -D -e -f /etc/ssh/sshd_config
    ::askfirst:-/bin/bash
    ::ctrlaltdel:/bin/reboot
    ::shutdown:/bin/umount -a -r
  '';
  rc = builtins.readFile ./scripts/rc;
}
