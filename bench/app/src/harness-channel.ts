import type { INestApplication } from '@nestjs/common';
import { CpuProfiler } from './profiler.js';

interface HarnessRequest {
  readonly id: number;
  readonly type: 'cpu' | 'collect-garbage' | 'start-profile' | 'stop-profile' | 'stop';
}

/** Answers the process that started this app over the IPC channel, until it sends stop or ends. */
export function answerHarness(app: INestApplication, port: number): void {
  const profiler = new CpuProfiler();

  async function answer({ type }: HarnessRequest): Promise<unknown> {
    switch (type) {
      case 'cpu':
        return process.cpuUsage();
      case 'collect-garbage':
        return globalThis.gc?.();
      case 'start-profile':
        return profiler.start();
      case 'stop-profile':
        return profiler.stop();
      case 'stop':
        return app.close();
    }
  }

  process.on('message', (request: HarnessRequest) => {
    answer(request)
      .then(
        (result) => process.send?.({ id: request.id, result }),
        (error: unknown) => process.send?.({ id: request.id, error: String(error) }),
      )
      .finally(() => {
        if (request.type === 'stop') process.disconnect();
      });
  });
  // Without the harness nobody would end this process.
  process.once('disconnect', () => process.exit());
  // Ctrl-C reaches the whole process group; the harness decides the order of the shutdown.
  process.on('SIGINT', () => {});
  process.send?.({ type: 'ready', port });
}
