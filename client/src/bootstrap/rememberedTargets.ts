import type { Memento } from "vscode";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";

/** Where a host was installed, or was to be. */
export interface RememberedTarget {
  readonly flake: string;
  readonly host: string;
  /** What ssh takes: `root@203.0.113.5`, or a name of its configuration. */
  readonly target: string;
  /** Left out when it is the one that ssh would take. */
  readonly port?: number | undefined;
  /** The machine that built; left out when it was this computer. */
  readonly buildHost?: string | undefined;
}

export interface RememberedTargets {
  /** The latest first. */
  all(): readonly RememberedTarget[];
  add(target: RememberedTarget): Promise<void>;
}

/** What is remembered of a plan or a run. */
export function rememberedTarget({
  reference,
  target,
  port,
  buildHost,
}: Pick<BootstrapRequest, "reference" | "target" | "port" | "buildHost">): RememberedTarget {
  const flake = reference.directory ?? reference.flake;
  return { flake, host: reference.host, target, port, buildHost: buildHost ?? undefined };
}

const key = "nixosVps.targets";
const most = 20;

/** Targets of this workspace. */
export function rememberedTargets(memento: Memento): RememberedTargets {
  const all = (): readonly RememberedTarget[] => memento.get<readonly RememberedTarget[]>(key, []);
  return {
    all,
    async add(added) {
      const isSame = ({ flake, host, target }: RememberedTarget): boolean =>
        flake === added.flake && host === added.host && target === added.target;
      await memento.update(key, [added, ...all().filter((each) => !isSame(each))].slice(0, most));
    },
  };
}
