/** Says that a step begins, as nixos-anywhere says it. */
export function step(title: string): void {
  process.stdout.write(`### ${title} ###\n`);
}
