import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { type ListedPackage, listedPackagesMethod } from "../../core/src/protocol.ts";
import { startClient, toUri } from "./client.ts";
import { writeFiles } from "./flakes.ts";

const flake = `{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.web = nixpkgs.lib.nixosSystem { modules = [ ./common.nix ./web.nix ]; };
    nixosConfigurations.db = nixpkgs.lib.nixosSystem { modules = [ ./common.nix ]; };
  };
}
`;
const common = `{ pkgs, ... }: {
  environment.systemPackages = with pkgs; [ git pkgs.zbar ];
  users.users.alice.packages = [ pkgs.kdePackages.kate ];
}
`;

test("packages of a document have their place, their text and the hosts that get them, as the document is now", async (context) => {
  const root = writeFiles(context, {
    "flake.nix": flake,
    "common.nix": common,
    "web.nix": "{ pkgs, ... }: { fonts.packages = [ pkgs.dejavu_fonts ]; }\n",
  });
  const client = await startClient({ folders: [root] });
  context.after(() => client.kill());
  const listed = (file: string): Promise<ListedPackage[]> =>
    client.connection.sendRequest(listedPackagesMethod, { uri: toUri(join(root, file)) });
  const described = async (file: string): Promise<string[]> =>
    (await listed(file)).map(
      ({ text, range: { start, end }, hosts }) =>
        `${text} ${start.line}:${start.character}-${end.character} ${hosts.join(",")}`,
    );

  assert.deepEqual(await described("common.nix"), [
    "git 1:44-47 web,db",
    "pkgs.zbar 1:48-57 web,db",
    "pkgs.kdePackages.kate 2:33-54 web,db",
  ]);
  assert.deepEqual(await described("web.nix"), ["pkgs.dejavu_fonts 0:36-53 web"]);
  assert.deepEqual(
    (await listed("web.nix")).map(({ root: uri }) => uri),
    [toUri(root)],
  );

  client.open(join(root, "common.nix"), `# Moved.\n${common}`);
  assert.match((await described("common.nix")).join("\n"), /^git 2:44-47/);
  client.change(join(root, "common.nix"), "{ }");
  assert.deepEqual(await described("common.nix"), []);
  assert.deepEqual(await described("flake.nix"), []);
});
