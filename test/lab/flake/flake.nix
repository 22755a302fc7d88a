{
  description = "A host that a small virtual machine can be installed with, without nixpkgs and without the network";

  outputs =
    _:
    let
      inherit (import ./nixos) nixosSystem;
    in
    {
      nixosConfigurations = {
        lab = nixosSystem { modules = [ ./hosts/lab ]; };
        hidden-sshd = nixosSystem { modules = [ ./hosts/hidden-sshd ]; };
        uefi = nixosSystem { modules = [ ./hosts/uefi ]; };
      };
    };
}
