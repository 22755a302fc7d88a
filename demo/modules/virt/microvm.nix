{ config, inputs, lib, ... }:

let
  cfg = config.modules.virt.microvm;
in
{
  # The host module brings qemu and half a gigabyte with it: only where there are guests.
  imports = lib.optional cfg.enable inputs.microvm.nixosModules.host;

  options.modules.virt.microvm.enable = lib.mkEnableOption "microvm.nix guests";

  config = lib.mkIf cfg.enable {
    boot.kernelModules = [ "kvm-amd" ];
    environment.persistence."/persist".directories = [ "/var/lib/microvms" ];
  };
}
