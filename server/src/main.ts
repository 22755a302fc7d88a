import { join } from "node:path";
import { inspect } from "node:util";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { serve } from "./server.ts";

// Transport by argument: --stdio, --node-ipc, --pipe=NAME or --socket=PORT.
const connection = createConnection(ProposedFeatures.all);

process.on("unhandledRejection", (reason) => logCrash("Unhandled rejection", reason));
process.on("uncaughtException", (error) => logCrash("Uncaught exception", error));

function logCrash(what: string, error: unknown): void {
  // Nobody is left to answer or to read a log.
  if (error instanceof Error && "code" in error && error.code === "EPIPE") process.exit(1);
  connection.console.error(`${what}: ${inspect(error)}`);
}

serve(connection, {
  runtime: join(__dirname, "web-tree-sitter.wasm"),
  grammar: join(__dirname, "tree-sitter-nix.wasm"),
});
connection.listen();
