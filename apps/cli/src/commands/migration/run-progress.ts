import type { RunControl, RunProgress } from '@rowhouse/migrations/fleet';
import type { Io } from '../../shell/io.js';
import { progressOn } from '../../shell/progress.js';

/** Displays the progress of a migration run while `work` runs. */
export async function withRunProgress<T>(io: Io, work: (control: RunControl) => Promise<T>): Promise<T> {
  const shown = progressOn(io.stderr, 'home');
  const onProgress = (progress: RunProgress) => {
    const { total, done, failed, skipped } = progress;
    shown.show({ total, done: done + failed + skipped, note: noteOf(progress) });
  };
  try {
    return await work({ signal: io.signal, onProgress });
  } finally {
    shown.end();
  }
}

function noteOf({ wave, waves, failed, perSecond, etaSeconds }: RunProgress): string {
  return [
    waves > 1 && `wave ${wave} of ${waves}`,
    failed > 0 && `${failed} failed`,
    `${perSecond.toFixed(1)}/s`,
    etaSeconds !== undefined && `${Math.ceil(etaSeconds)} s left`,
  ]
    .filter(Boolean)
    .join(', ');
}
