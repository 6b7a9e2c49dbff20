/** The parts of the process that commands use. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted when the command should stop gracefully. */
  readonly signal?: AbortSignal;
  /** Asks a question on the terminal; left out when stdin is not a terminal. */
  readonly ask?: (question: string) => Promise<string>;
  /** Reports each key that is pressed, until the returned function is called; left out when stdin is not a terminal. */
  readonly keys?: (onKey: (key: string) => void) => () => void;
}

export interface Output {
  write(text: string): unknown;
  /** True for a terminal. */
  readonly isTTY?: boolean;
  /** The width of the terminal, in characters. */
  readonly columns?: number;
  /** Its height, in lines. */
  readonly rows?: number;
}

/** The exit statuses. */
export const EXIT = { ok: 0, failed: 1, unusable: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line, the config or the database cannot be used. The message is printed, and the exit status is 2. */
export class UnusableError extends Error {
  readonly code = 'UNUSABLE';
  override readonly name = 'UnusableError';
}
