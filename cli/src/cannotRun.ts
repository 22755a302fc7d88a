/** The command could not do what it was asked: its message is one line for the person at the terminal, its exit code is 2. */
export class CannotRun extends Error {}
