{ config, lib, pkgs, ... }:

{
  options.modules.dev.cc.enable = lib.mkEnableOption "the C and C++ toolchain";

  config = lib.mkIf config.modules.dev.cc.enable {
    environment.systemPackages = with pkgs; [
      clang
      clang-tools
      cmake
      gdb
      lldb
    ];
  };
}
