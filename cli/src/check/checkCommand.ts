import type { CommandSpec } from "../command.ts";

export const checkCommand: CommandSpec = {
  name: "check",
  arguments: "[OPTION...] [PATH...]",
  summary: "Reports what would lock you out of a machine of the flake, or fill its memory and disk.",
  options: [
    {
      name: "format",
      value: "FORMAT",
      help: "Output: text (default), unix for one line a finding, json, sarif, or github for annotations in GitHub Actions.",
    },
    { name: "max-warnings", value: "N", help: "Succeed with up to N warnings (default: 0)." },
    { name: "fix", help: "Apply the safe fixes, then report what is left." },
    { name: "dry-run", help: "With --fix: write nothing, print the fixes as a diff." },
    {
      name: "rule",
      value: "ID=SEVERITY",
      multiple: true,
      help: "Severity of a rule: error, warning, info, hint or off. Repeatable.",
    },
    {
      name: "host",
      value: "NAME",
      multiple: true,
      help: "Report only what reaches this host of nixosConfigurations. Repeatable.",
    },
    { name: "baseline", value: "FILE", help: "Leave out the findings that FILE accepts." },
    { name: "write-baseline", value: "FILE", help: "Accept the present findings: write them to FILE." },
    { name: "stdin-filename", value: "PATH", help: "With -: the file that standard input is an unsaved version of." },
    {
      name: "persistence-option",
      value: "OPTION",
      multiple: true,
      help: "A private option that holds persisted directories, such as my.persist.directories. Repeatable.",
    },
    {
      name: "headless-host",
      value: "NAME",
      multiple: true,
      help: "A host that is a rented machine without a screen; * stands for any characters. Repeatable.",
    },
  ],
  notes: [
    "A PATH is a flake, a directory or a .nix file; what lies in a flake is checked as part of it, and the findings below PATH are shown. Without one it is the current directory. - reads one file from standard input. Nothing is evaluated.",
    "Exit code: 0 when there are no errors and no more warnings than allowed (infos and hints never count), 1 when there are, 2 when the check could not run.",
  ],
  examples: [
    ["nixos-vps check", "Check the flake in the current directory:"],
    ["nixos-vps check --host vps --fix hosts/vps", "Check one host's directory and repair what is safe to repair:"],
    ["nixos-vps check --fix --dry-run | git apply --allow-empty", "Look at the fixes, then apply them:"],
    ["nixos-vps check --write-baseline .nixos-vps.json", "Accept what there is, so that only new findings fail:"],
    ["nixos-vps check - --stdin-filename hosts/vps/disk.nix < buffer", "Check an unsaved file:"],
  ],
};
