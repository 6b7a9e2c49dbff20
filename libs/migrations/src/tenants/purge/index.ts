export type { PurgeControl, PurgeProgress } from './purge-control.js';
export { purgeHome } from './purge-home.js';
export { refuseObstacles } from './purge-obstacles.js';
