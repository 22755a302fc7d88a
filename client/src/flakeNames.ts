/**
 * What flakes, given by the absolute paths of their directories, are called beside each other: the name of the directory, with as many
 * of those above it as it takes to tell them apart.
 */
export function flakeNames(flakes: readonly string[]): ReadonlyMap<string, string> {
  const different = [...new Set(flakes)];
  const end = (flake: string, parts: number): string => flake.split("/").slice(-parts).join("/");
  return new Map(
    different.map((flake) => {
      const others = different.filter((other) => other !== flake);
      let parts = 1;
      while (others.some((other) => end(other, parts) === end(flake, parts))) parts += 1;
      return [flake, end(flake, parts)];
    }),
  );
}
