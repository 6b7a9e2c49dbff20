/**
 * What a request of the app under test asks it to do, by the name that `--work` takes. `bench/app/src/works` does it.
 *
 * @typedef {object} Work
 * @property {'GET' | 'POST'} method
 * @property {string} path
 * @property {number} statements that it sends, those that begin and commit included
 * @property {true} [readsReviews] it needs the table of reviews
 */

/** @type {Record<string, Work>} */
export const WORKS = {
  get: { method: 'GET', path: '/products', statements: 1 },
  post: { method: 'POST', path: '/products', statements: 3 },
  two: { method: 'GET', path: '/works/two', statements: 2 },
  five: { method: 'GET', path: '/works/five', statements: 5 },
  thirty: { method: 'GET', path: '/works/thirty', statements: 30 },
  transaction: { method: 'POST', path: '/works/transaction', statements: 7 },
  relation: { method: 'GET', path: '/works/relation', statements: 1, readsReviews: true },
  raw: { method: 'GET', path: '/works/raw', statements: 1, readsReviews: true },
  page: { method: 'GET', path: '/works/page', statements: 2, readsReviews: true },
};
