/** What the process ends with; `interrupted` is 128 + SIGINT, as shells report it. */
export const exitCodes = { clean: 0, findings: 1, cannotRun: 2, interrupted: 130, terminated: 143 } as const;
