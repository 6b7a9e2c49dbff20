import { examine } from '@rowhouse/core';
import { EXIT, type ExitCode, type Io } from './io.js';
import { paintFor, reportText } from './report-text.js';
import { resolveTarget, type TargetOptions } from './target.js';

export interface DoctorOptions extends TargetOptions {
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly quick?: boolean;
}

/** Examines a deployment and prints what was found. */
export async function doctor(options: DoctorOptions, io: Io): Promise<ExitCode> {
  const { url, directUrl, pool, source } = resolveTarget(options, io);
  if (!options.json) io.stdout.write(`Examining the database of ${source}.\n\n`);
  const report = await examine({
    app: { connectionString: url, ...pool },
    owner: { url: directUrl },
    quick: options.quick,
  });
  io.stdout.write(
    options.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, paintFor(io.stdout, io.env)),
  );
  const isBad = report.checks.some(
    ({ status }) => status === 'fail' || (options.strict === true && status === 'warn'),
  );
  return isBad ? EXIT.failed : EXIT.ok;
}
