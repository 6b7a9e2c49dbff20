// Functions that run in the page. They are sent as text, and know nothing of this file but what they are given.

/** From the start of the navigation to the frame with the first rows of the table. */
export function watchFirstRows() {
  globalThis.firstRows = new Promise((resolve) => {
    const look = () => {
      if (!document.querySelector('[data-row] a')) requestAnimationFrame(look);
      else requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
    };
    look();
  });
}

/** What a browser tells of how a page felt while it came up. */
export function watchVitals() {
  globalThis.vitals = { lcp: 0, cls: 0, longTasks: [] };
  const observe = (type, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  observe('largest-contentful-paint', ({ startTime }) => {
    globalThis.vitals.lcp = startTime;
  });
  observe('layout-shift', ({ value, hadRecentInput }) => {
    if (!hadRecentInput) globalThis.vitals.cls += value;
  });
  observe('longtask', ({ duration }) => globalThis.vitals.longTasks.push(duration));
}

/** @returns FCP, LCP and blocking time (of each long task, what is over 50 ms) in ms, and CLS. */
export function readVitals() {
  const [paint] = performance.getEntriesByName('first-contentful-paint');
  const { lcp, cls, longTasks } = globalThis.vitals;
  return {
    fcp: paint?.startTime ?? Number.NaN,
    lcp,
    cls,
    tbt: longTasks.reduce((sum, duration) => sum + Math.max(0, duration - 50), 0),
  };
}

/** Packed bytes of the scripts and styles so far. */
export function readTransfers() {
  const bytesOf = (suffix) =>
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => name.endsWith(suffix))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  return { js: bytesOf('.js'), css: bytesOf('.css') };
}

/** From each key to the frame that it is painted in. */
export function watchKeys() {
  globalThis.keyTimes = [];
  addEventListener(
    'keydown',
    ({ timeStamp }) =>
      requestAnimationFrame(() => {
        // A message comes after the frame was handed over.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => globalThis.keyTimes.push(performance.now() - timeStamp);
        port2.postMessage(undefined);
      }),
    { capture: true },
  );
}

/** Every frame, until `endFrames`. */
export function watchFrames() {
  const frames = [];
  const longTasks = [];
  let isOn = true;
  const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries()));
  observer.observe({ type: 'longtask' });
  const next = (time) => {
    frames.push(time);
    if (isOn) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  globalThis.endFrames = () => {
    isOn = false;
    observer.disconnect();
    const gaps = frames.slice(1).map((time, index) => time - frames[index]);
    return { gaps, longTasks: longTasks.map(({ duration }) => duration), scrolled: scrollY };
  };
}
