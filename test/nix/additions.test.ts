import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { evalAdditions } from "../../core/src/nix/evalAdditions.ts";
import { parseHostReference } from "../../core/src/nix/flakeReference.ts";
import { flakeSource } from "../../core/src/nix/flakeSource.ts";
import { NixFailed } from "../../core/src/nix/runNix.ts";
import { type TemporaryStore, temporaryStore } from "./temporaryStore.ts";

let store: TemporaryStore;

before(() => {
  store = temporaryStore();
  Object.assign(process.env, store.env);
});

after(() => store.remove());

/** What Nix says of a host whose options are given, each addition as `option | module | package | names of paths`. */
async function additions(name: string, options: string): Promise<string[]> {
  const directory = join(store.directory, name);
  mkdirSync(directory);
  writeFileSync(
    join(directory, "flake.nix"),
    `{ outputs = { self, ... }:
      let
        package = name: more: derivation { inherit name; system = "x86_64-linux"; builder = "/bin/sh"; } // more;
        own = "\${self}/modules/own.nix";
        foreign = "/nix/store/x-source/nixos/modules/foreign.nix";
        # As nixpkgs' lib/modules.nix shows an option; the values are those of definitions, with conditions applied.
        option = definitionsWithLocations: { _type = "option"; inherit definitionsWithLocations; };
        define = file: value: { inherit file value; };
        mkIf = condition: content: { _type = "if"; inherit condition content; };
      in {
        nixosConfigurations.host.options = ${options};
      }; }`,
  );
  const reference = parseHostReference(`${directory}#host`, "/");
  assert.ok(reference);
  const limits = { timeoutMs: 60_000 };
  const { storePath } = await flakeSource(reference, limits);
  const found = await evalAdditions(reference, `${storePath}/`, limits);
  return found.map(({ option, file, name: packageName, paths }) => {
    const names = paths.map((path) => path.replaceAll(/\/\S*\/[0-9a-z]{32}-/g, ""));
    return [option, file.replace(storePath, "self"), packageName ?? "", names.join(" ")].join(" | ");
  });
}

test("packages of lists, with the outputs that are installed; what cannot be evaluated costs itself alone", async () => {
  const found = await additions(
    "lists",
    `{
      environment.systemPackages = option [
        (define own [ (package "zbar-0.23" { pname = "zbar"; }) (throw "broken") (package "git-2.44" { }) ])
        (define foreign [ (package "tools-1" { outputs = [ "out" "man" "dev" ]; meta.outputsToInstall = [ "out" "man" ];
          man = "/nix/store/00000000000000000000000000000000-tools-1-man"; }) ])
        (define own (throw "a list that cannot be evaluated"))
        (define own [ (package "evil-1" { outPath = throw "no path"; }) ])
      ];
      fonts.packages = option [ (define own [ /etc/hosts "/nix/store/11111111111111111111111111111111-font" ]) ];
      hardware.firmware = throw "an option that cannot be evaluated";
      systemd = null;
    }`,
  );
  assert.deepEqual(found, [
    "environment.systemPackages | self/modules/own.nix | zbar | zbar-0.23",
    "environment.systemPackages | self/modules/own.nix | git | git-2.44",
    "environment.systemPackages | /nix/store/x-source/nixos/modules/foreign.nix | tools | tools-1 tools-1-man",
    "fonts.packages | self/modules/own.nix |  | /etc/hosts",
    "fonts.packages | self/modules/own.nix |  | font",
  ]);
});

test("users, services and files below the names they are given, under conditions that hold", async () => {
  const found = await additions(
    "members",
    `{
      users.users = option [
        (define own {
          alice.packages = mkIf true { _type = "override"; priority = 50; content = [ (package "tmux-3.4" { }) ]; };
          bob = mkIf false { packages = [ (package "never-1" { }) ]; };
          carol = { pkgs, ... }: { packages = [ ]; };
          dora.shell = package "fish-3.7" { };
          "e.f" = { _type = "merge"; contents = [ { packages = [ (package "jq-1.7" { }) ]; } { } ]; };
        })
        (define foreign { root.shell = package "bash-5.2" { }; })
      ];
      environment.etc = option [
        (define own { "x.conf".source = "\${package "data-1" { }}/x.conf"; "y".text = "no source"; })
        (define foreign { "z".source = package "never-2" { }; })
      ];
      systemd.services = option [
        (define own { web = { path = [ (package "curl-8" { }) ]; serviceConfig.ExecStart = "\${package "web-1" { }}/bin/web --port 80"; }; })
        (define foreign { sshd.path = [ (package "never-3" { }) ]; })
      ];
    }`,
  );
  assert.deepEqual(found, [
    "users.users.alice.packages | self/modules/own.nix | tmux | tmux-3.4",
    "users.users.e.f.packages | self/modules/own.nix | jq | jq-1.7",
    "users.users.dora.shell | self/modules/own.nix | fish | fish-3.7",
    "users.users.root.shell | /nix/store/x-source/nixos/modules/foreign.nix | bash | bash-5.2",
    "environment.etc.x.conf.source | self/modules/own.nix |  | data-1/x.conf",
    "systemd.services.web.path | self/modules/own.nix | curl | curl-8",
    "systemd.services.web.serviceConfig.ExecStart | self/modules/own.nix |  | web-1/bin/web --port 80",
  ]);
});

test("a host without options adds nothing, and one that is not there is an error", async () => {
  assert.deepEqual(await additions("empty", "{ }"), []);
  const reference = parseHostReference(`${join(store.directory, "empty")}#other`, "/");
  assert.ok(reference);
  await assert.rejects(evalAdditions(reference, "/", { timeoutMs: 60_000 }), (error) => {
    return error instanceof NixFailed && /does not provide attribute.*other/s.test(error.message);
  });
});
