// A compiler in the system profile is part of the system with its whole toolchain: clang, lldb and LLVM take about 7 GB, Rust with
// its documentation 3.5 GB. `nix develop` and `nix shell` fetch it where and when it is used.
import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import { configPath, type Guard } from "../model/value.ts";
import { createDefinitionFilter } from "./definitionFilter.ts";
import { replaceText } from "./edits.ts";
import { isHeadless } from "./headless.ts";
import { leakedPackages } from "./leakedPackages.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";

export const devToolchainOnServer: Rule = {
  id: "dev-toolchain-on-server",
  title: "Development tools on a server",
  summary: "Compilers and language tools in the system of a headless host take several GB that nothing there uses.",
  severity: "warning",
  check: function* (configuration, context: RuleContext): Iterable<RuleFinding> {
    if (isHeadless(configuration, context.settings) !== "yes" || isBuilder(configuration)) return;
    for (const { text, item, definition, fixes } of leakedPackages(configuration, context, isToolchain)) {
      // The switch is what the host should not have set; `switches` reports it.
      if ([...definition.guards, ...item.guards].some(isSwitched)) continue;
      yield {
        at: item.at,
        message: `${text} becomes part of the system of ${configuration.host}, with the whole toolchain. Put it under a condition, or into a development shell.`,
        fixes,
      };
    }
    yield* switches(configuration, context);
  },
};

/** `my.dev.rust.enable = true;` in a module that only headless hosts import. */
function* switches(configuration: Configuration, context: RuleContext): Iterable<RuleFinding> {
  for (const definition of languageSwitches(configuration)) {
    const language = definition.path.at(-2);
    if (configuration.holds(definition.guards) !== "yes" || !isForServersOnly(definition, context)) continue;
    if (configuration.flag(definition.path.join(".")).state !== "yes") continue;
    for (const value of configuration.values(definition.value)) {
      if (value.kind !== "boolean" || !value.value) continue;
      yield {
        at: value.at,
        message: `The development tools for ${language} become part of the system of ${configuration.host}, a machine without a screen: several GB that a development shell would only fetch where they are used.`,
        fixes: [{ title: "Switch them off on this host", safe: false, edits: [replaceText(value.at, "false")] }],
      };
    }
  }
}

const languages =
  /^(?:cc|c|cpp|c\+\+|clang|gcc|llvm|rust|go|golang|haskell|java|jvm|jdk|kotlin|scala|clojure|node|nodejs|javascript|js|typescript|python|dotnet|csharp|zig|ocaml|julia|latex|tex|cuda|android|flutter|elixir|erlang|ruby|php|r)$/i;

function isLanguageSwitch(path: readonly string[]): boolean {
  const index = path.findIndex((name) => /^(?:dev|develop|development|programming|langs?|languages?)$/i.test(name));
  const language = path[index + 1] ?? "";
  return index >= 0 && path.at(-1) === "enable" && index + 3 === path.length && languages.test(language);
}

const languageSwitches = createDefinitionFilter(isLanguageSwitch);

function isSwitched({ condition }: Guard): boolean {
  const path = configPath(condition);
  return path !== undefined && isLanguageSwitch(path);
}

function isForServersOnly({ module }: Definition, { flake, settings }: RuleContext): boolean {
  const hosts = flake.hostsOf(module);
  return flake.hosts.every((host) => !hosts.includes(host.name) || isHeadless(host.configuration, settings) === "yes");
}

/** Machines that build for others or run the jobs of a forge. */
function isBuilder(configuration: Configuration): boolean {
  const services = [
    "hydra",
    "gitlab-runner",
    "buildbot-master",
    "buildbot-worker",
    "jenkins",
    "ofborg",
    "hercules-ci-agent",
    "nix-serve",
  ];
  if (services.some((name) => configuration.flag(`services.${name}.enable`).state === "yes")) return true;
  const runners = [
    "github-runners",
    "gitea-actions-runner",
    "forgejo-runner",
    "buildkite-agents",
    "woodpecker-agents",
    "code-server",
    "openvscode-server",
    "vscode-server",
  ];
  if (runners.some((name) => configuration.definitionsBelow(`services.${name}`).length > 0)) return true;
  return /(?:^|[-_.\d])(?:build(?:er)?|ci|runner|hydra|dev)(?:[-_.\d]|$)/i.test(configuration.host ?? "");
}

const tools = new Set(
  `gcc clang clang-tools lldb llvm rustc cargo rustup rust-analyzer clippy rustfmt ghc stack cabal-install haskell-language-server
  go gopls nodejs nodejs-slim nodejs_latest bun deno yarn pnpm zig zls ocaml opam julia julia-bin sbcl kotlin scala sbt clojure leiningen gradle maven
  dotnet-sdk mono flutter android-studio android-tools elixir erlang texliveFull texliveMedium texstudio cudatoolkit`.split(
    /\s+/,
  ),
);

const toolSets = new Set(
  "llvmPackages haskellPackages texlive cudaPackages dotnetCorePackages rustPlatform androidenv beamPackages".split(
    " ",
  ),
);

function isToolchain(names: readonly string[]): boolean {
  const [first = ""] = names;
  return (
    tools.has(first) ||
    toolSets.has(first) ||
    /^(?:gcc\d+|clang_\d+|llvm_\d+|llvmPackages_\w+|lldb_\d+|nodejs_\d+|go_\d_\d+|(?:open)?jdk\d*(?:_headless)?|zulu\d*|graalvm.*|dotnet-sdk_\d+|cudaPackages_\w+|ghc\d+)$/.test(
      first,
    )
  );
}
