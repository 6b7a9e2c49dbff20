/** @returns false when the time was over first. */
export async function endsWithin(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const isEnded = await Promise.race([work.then(() => true), timeout]);
  clearTimeout(timer);
  return isEnded;
}
