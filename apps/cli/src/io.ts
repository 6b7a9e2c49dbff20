/** What a command needs of its process. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted when the command is to come to an end in good order. */
  readonly signal?: AbortSignal;
  /** Asks the person at the terminal; left out where there is none. */
  readonly ask?: (question: string) => Promise<string>;
}

export interface Output {
  write(text: string): unknown;
  /** True for a terminal. */
  readonly isTTY?: boolean;
  /** Of the terminal, in characters. */
  readonly columns?: number;
}

/** What the command exits with. */
export const EXIT = { ok: 0, failed: 1, unusable: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command was called wrongly, or finds no database: one line for a person, and exit status 2. */
export class UnusableError extends Error {
  readonly code = 'UNUSABLE';
  override readonly name = 'UnusableError';
}
