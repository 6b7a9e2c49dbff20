/**
 * Makes this process, a {@link import('./child.mjs').Child}, do what it is asked over IPC, until it is asked to stop.
 *
 * @param {Record<string, (question: object) => Promise<unknown>>} tasks by the type of the question
 */
export function serveTasks(tasks) {
  const all = { ...tasks, stop: async () => undefined };
  process.on('message', async ({ id, type, ...question }) => {
    try {
      process.send({ id, result: await all[type](question) });
    } catch (error) {
      process.send({ id, error: error.stack });
    }
    if (type === 'stop') process.disconnect();
  });
  process.once('disconnect', () => process.exit());
  process.on('SIGINT', () => {});
  process.send({ type: 'ready' });
}
