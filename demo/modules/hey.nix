# The tools I miss within five minutes on a machine that lacks them.
{ pkgs, ... }:

{
  environment.systemPackages = with pkgs; [
    bat
    curl
    fd
    git
    htop
    jq
    ripgrep
    rsync
    tmux
    vim

    # bin/screenshot
    grim
    grimblast
    wl-clipboard
    zbar # QR codes from the phone
  ];

  environment.variables.EDITOR = "vim";

  nix.settings = {
    experimental-features = [ "nix-command" "flakes" ];
    auto-optimise-store = true;
    trusted-users = [ "@wheel" ];
  };
  nix.gc = {
    automatic = true;
    dates = "weekly";
    options = "--delete-older-than 14d";
  };

  i18n.defaultLocale = "en_US.UTF-8";
  time.timeZone = "UTC";
}
