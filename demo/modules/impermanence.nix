# / is empty after every boot; what has to stay lives on /persist.
# Services add their own directories next to their options.
{
  environment.persistence."/persist" = {
    hideMounts = true;
    directories = [
      "/var/lib/nixos"
      "/var/lib/systemd"
      "/var/log"
    ];
    files = [ "/etc/machine-id" ];
  };
}
