import { counted } from '@rowhouse/core/internal';
import cliProgress from 'cli-progress';
import type { Output } from './io.js';

/** The progress of an operation. */
export interface ProgressState {
  readonly done: number;
  readonly total: number;
  /** Additional text: failures, rate, time left. */
  readonly note?: string;
}

/** Displays the progress of an operation. */
export interface Progress {
  show(state: ProgressState): void;
  end(): void;
}

const LINE_EVERY_MS = 1_000;
const LINE_EVERY_SHARE = 0.05;

/**
 * On a terminal a bar; elsewhere lines, at most one per second and one for each 5 %, and one at the end.
 *
 * @param one - one of the things that are counted: `tenant`.
 * @param now - a clock in milliseconds.
 */
export function progressOn(output: Output, one: string, now = () => performance.now()): Progress {
  return output.isTTY ? barOn(output, one) : linesOn(output, one, now);
}

function barOn(output: Output, one: string): Progress {
  const bar = new cliProgress.SingleBar({
    format: `{bar} {percentage}% {value}/{count}{note}`,
    stream: output as NodeJS.WritableStream,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    linewrap: null,
  });
  let isStarted = false;
  return {
    show({ done, total, note = '' }) {
      const payload = { count: counted(total, one), note: note && `  ${note}` };
      if (!isStarted) bar.start(total, done, payload);
      isStarted = true;
      bar.setTotal(total);
      bar.update(done, payload);
    },
    end: () => {
      if (isStarted) bar.stop();
      isStarted = false;
    },
  };
}

function linesOn(output: Output, one: string, now: () => number): Progress {
  let shown: { readonly at: number; readonly done: number } | undefined;
  let waiting: ProgressState | undefined;
  const write = (state: ProgressState) => {
    const { done, total, note } = state;
    output.write(`${done} of ${counted(total, one)}${note ? `  ${note}` : ''}\n`);
    shown = { at: now(), done };
    waiting = undefined;
  };
  const isDue = ({ done, total }: ProgressState) =>
    shown === undefined ||
    (now() - shown.at >= LINE_EVERY_MS && done - shown.done >= total * LINE_EVERY_SHARE);
  return {
    show(state) {
      if (isDue(state)) write(state);
      else waiting = state;
    },
    end() {
      if (waiting && waiting.done !== shown?.done) write(waiting);
    },
  };
}
