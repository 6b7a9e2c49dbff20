import { jest } from '@jest/globals';
import { Shutdown } from './shutdown.js';

describe('Shutdown', () => {
  it('closes what was opened, last first, once', async () => {
    const shutdown = new Shutdown();
    const closed: string[] = [];
    for (const name of ['database', 'application']) shutdown.defer(async () => closed.push(name));
    expect(shutdown.begun).toBe(false);
    await Promise.all([shutdown.close(), shutdown.close()]);
    expect(closed).toEqual(['application', 'database']);
    expect(shutdown.begun).toBe(true);
  });

  it('closes the rest when one fails, and says so', async () => {
    const shutdown = new Shutdown();
    const stop = jest.fn(async () => undefined);
    const stderr = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    shutdown.defer(stop);
    shutdown.defer(() => Promise.reject(new Error('still busy')));
    await shutdown.close();
    expect(stop).toHaveBeenCalled();
    expect(stderr).toHaveBeenCalledWith(expect.objectContaining({ message: 'still busy' }));
    stderr.mockRestore();
  });
});
