# Imported by every machine. Most of these only add options; hosts/ switches them on.
{
  imports = [
    ./hey.nix
    ./impermanence.nix
    ./security.nix
    ./desktop
    ./dev/cc.nix
    ./dev/rust.nix
    ./services/podman.nix
    ./services/sing-box.nix
    ./services/ssh.nix
    ./services/tailscale.nix
    ./virt/microvm.nix
  ];
}
