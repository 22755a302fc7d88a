{ config, lib, pkgs, ... }:

let
  cfg = config.modules.desktop.wayland;
in
{
  options.modules.desktop.wayland.enable = lib.mkEnableOption "the Hyprland desktop";

  config = lib.mkIf cfg.enable {
    programs.hyprland.enable = true;
    security.polkit.enable = true;

    services.pipewire = {
      enable = true;
      alsa.enable = true;
      pulse.enable = true;
    };

    fonts.packages = with pkgs; [
      noto-fonts
      noto-fonts-cjk-sans
      nerd-fonts.jetbrains-mono
    ];

    environment.systemPackages = with pkgs; [
      firefox
      foot
      fuzzel
      grim
      hyprpicker
      mako
      slurp
      waybar
      wl-clipboard
    ];
  };
}
