import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Modules as people write them, in the proportions that matter here: options, conditions, lists, a few pitfalls. */
function moduleText(index: number): string {
  return `{ config, lib, pkgs, ... }:
let
  cfg = config.site.unit${index};
in
{
  options.site.unit${index} = {
    enable = lib.mkEnableOption "unit ${index}";
    directories = lib.mkOption { type = lib.types.listOf lib.types.str; default = [ ]; };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = with pkgs; [ curl jq ] ++ lib.optionals config.site.unit${index}.debug [ strace ];
    environment.persistence."/persist".directories = [ "/var/lib/unit${index}" ] ++ cfg.directories;
    services.nginx.virtualHosts."unit${index}.example.org" = {
      forceSSL = true;
      enableACME = true;
      locations."/".proxyPass = "http://127.0.0.1:\${toString (8000 + ${index})}";
    };
    systemd.services.unit${index} = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig = { DynamicUser = true; ExecStart = "\${pkgs.hello}/bin/hello"; };
    };
  };
}
`;
}

/** Text of a module of about a given number of lines. */
export function longModule(lines: number): string {
  const services = Array.from({ length: Math.ceil(lines / 8) }, (_, index) =>
    [
      `  systemd.services.job${index} = {`,
      `    description = "Job ${index}";`,
      `    wantedBy = lib.mkIf config.site.jobs.enable [ "multi-user.target" ];`,
      `    serviceConfig.ExecStart = "\${pkgs.coreutils}/bin/echo ${index}";`,
      "  };",
      `  environment.etc."job${index}.conf".text = "number = ${index}";`,
      `  users.users.job${index} = { isSystemUser = true; group = "jobs"; };`,
      "",
    ].join("\n"),
  );
  return `{ config, lib, pkgs, ... }:\n{\n${services.join("\n")}\n}\n`;
}

/** Writes a flake with `files` modules in directories of fifty, three hosts that import them all, and one long module. */
export function writeSyntheticFlake(root: string, files: number): void {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const groups = Math.ceil(files / 50);
  for (let group = 0; group < groups; group++) {
    const members = Array.from({ length: Math.min(50, files - group * 50) }, (_, index) => group * 50 + index);
    for (const index of members) write(`modules/group${group}/unit${index}.nix`, moduleText(index));
    write(
      `modules/group${group}/default.nix`,
      `{ imports = [ ${members.map((index) => `./unit${index}.nix`).join(" ")} ]; }\n`,
    );
  }
  write(
    "modules/default.nix",
    `{ imports = [ ${Array.from({ length: groups }, (_, group) => `./group${group}`).join(" ")} ./long.nix ]; }\n`,
  );
  write("modules/long.nix", longModule(1000));
  for (const host of ["web", "mail", "desk"]) {
    write(
      `hosts/${host}.nix`,
      `{ modulesPath, ... }: { imports = [ ../modules ${host === "desk" ? "" : '(modulesPath + "/profiles/qemu-guest.nix")'} ]; networking.hostName = "${host}"; site.unit1.enable = true; environment.persistence."/persist".directories = [ "/etc/ssh" ]; }\n`,
    );
  }
  write(
    "flake.nix",
    `{ outputs = { nixpkgs, ... }: { nixosConfigurations = nixpkgs.lib.genAttrs [ "web" "mail" "desk" ] (host: nixpkgs.lib.nixosSystem { modules = [ ./hosts/\${host}.nix ]; }); }; }\n`,
  );
}
