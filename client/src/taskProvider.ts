import {
  type Disposable,
  ProcessExecution,
  Task,
  type TaskDefinition,
  TaskGroup,
  TaskScope,
  tasks,
  Uri,
  type WorkspaceFolder,
  workspace,
} from "vscode";
import { bootstrapSettings } from "./bootstrap/bootstrapSettings.ts";
import type { Context } from "./context.ts";
import { flakeNames } from "./flakeNames.ts";
import { type NixosVpsTask, readTask, taskArguments, taskName, taskProblem } from "./nixosVpsTask.ts";
import { refusedTask } from "./refusedTask.ts";

/** Offers `nixos-vps check` of each flake and the plan for each target that is remembered, and runs those of tasks.json. */
export function registerTaskProvider({ hosts, bootstrap, command }: Context): Disposable {
  function build(
    definition: NixosVpsTask & TaskDefinition,
    scope: WorkspaceFolder | TaskScope,
    flakeName?: string,
  ): Task {
    // The terminal of a task has an environment of its own, so it is told what the command is given otherwise.
    const env = Object.fromEntries(
      Object.entries(command.environment()).filter(
        (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== process.env[entry[0]],
      ),
    );
    const [program, script] = command.argv;
    const cwd = typeof scope === "object" ? scope.uri.fsPath : undefined;
    const execution = new ProcessExecution(program, [script, ...taskArguments(definition, bootstrapSettings())], {
      env,
      ...(cwd === undefined ? {} : { cwd }),
    });
    const task = new Task(definition, scope, taskName(definition, flakeName), "nixos-vps", execution, "$nixos-vps");
    if (definition.command === "check") task.group = TaskGroup.Test;
    return task;
  }

  return tasks.registerTaskProvider("nixos-vps", {
    async provideTasks() {
      if (!workspace.isTrusted) return [];
      const { flakes } = await hosts.read();
      const checks = flakes.map((flake): NixosVpsTask => ({ type: "nixos-vps", command: "check", flake }));
      const plans = bootstrap.remembered.all().map(
        ({ flake, host, target, port }): NixosVpsTask => ({
          ...{ type: "nixos-vps", command: "plan", flake, host, target },
          ...(port === undefined ? {} : { port }),
        }),
      );
      const names = flakeNames(flakes);
      return [...checks, ...plans].map((definition) =>
        build(definition, scopeOf(definition), names.get(definition.flake ?? "")),
      );
    },
    resolveTask(task) {
      if (!workspace.isTrusted) return undefined;
      const definition = readTask(task.definition);
      const scope = task.scope ?? TaskScope.Workspace;
      if (definition) return build({ ...task.definition, ...definition }, scope);
      const refused = refusedTask(taskProblem(task.definition));
      // Without a matcher VS Code asks for one.
      return new Task(task.definition, scope, task.name, "nixos-vps", refused, "$nixos-vps");
    },
  });
}

function scopeOf({ flake }: NixosVpsTask): WorkspaceFolder | TaskScope {
  return (flake === undefined ? undefined : workspace.getWorkspaceFolder(Uri.file(flake))) ?? TaskScope.Workspace;
}
