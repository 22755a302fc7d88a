let
  me = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILjYt3zN9DC5EL6dGy8cWEI6zG/dbsUR1+9UJF9ynUrU";

  vps-ultraman = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGynGd2hWBUJishiV12BnfssZd2jSjXEz1ryhnYS9G/A";
  mothra = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH55Z+e+EPk+5uxTWH5SJpme9X011cPB2nUKT0+whrHd";
in
{
  # root's password, one file per machine
  "mothra.age".publicKeys = [ me mothra ];

  "sing-box-uuid.age".publicKeys = [ me vps-ultraman ];
  "sing-box-reality.age".publicKeys = [ me vps-ultraman ];
  "tailscale-key.age".publicKeys = [ me vps-ultraman mothra ];
}
