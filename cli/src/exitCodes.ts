/** What the process ends with; the last three are 128 and the number of the signal, as shells report it. */
export const exitCodes = {
  clean: 0,
  findings: 1,
  cannotRun: 2,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;
