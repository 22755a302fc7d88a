{ config, lib, pkgs, ... }:

{
  options.modules.dev.rust.enable = lib.mkEnableOption "the Rust toolchain";

  config = lib.mkIf config.modules.dev.rust.enable {
    environment.systemPackages = with pkgs; [
      cargo
      clippy
      rust-analyzer
      rustc
      rustfmt
    ];
    environment.variables.CARGO_HOME = "$HOME/.local/share/cargo";
  };
}
